using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EventGateway.Gateway.Telemetry;

/// <summary>
/// Numbers of configured things, up to three labels each. They are read when somebody scrapes, so that each shows at 0 from
/// the start and is gone when the thing is: a counter of the framework would appear with its first event, and never leave.
/// </summary>
internal sealed class SeriesTable(params string[] labels)
{
    private readonly ConcurrentDictionary<(string, string, string), Series> _series = new();

    /// <summary>Shows exactly these series from now on; those already there keep their numbers.</summary>
    public void Declare(IEnumerable<(string, string, string)> keys)
    {
        var wanted = keys.ToHashSet();
        foreach (var gone in _series.Keys.Where(key => !wanted.Contains(key)))
        {
            _series.TryRemove(gone, out _);
        }

        foreach (var key in wanted)
        {
            _series.GetOrAdd(key, Create);
        }
    }

    /// <summary>Counts one; a series that isn't declared (its thing was removed while a request ran) takes no notice.</summary>
    public void Increment(string first, string second = "", string third = "") => Find(first, second, third)?.Add(1);

    /// <summary>For numbers that also go down: whoever added to this series takes it from this one again, even when it has been replaced.</summary>
    public Series? Find(string first, string second = "", string third = "") => _series.GetValueOrDefault((first, second, third));

    /// <summary>0 for a series that isn't there.</summary>
    public long CountOf(string first, string second = "", string third = "") => Find(first, second, third)?.Read().Value ?? 0;

    public IEnumerable<Measurement<long>> Read() => _series.Values.Select(s => s.Read());

    private Series Create((string First, string Second, string Third) key)
    {
        ReadOnlySpan<string> values = [key.First, key.Second, key.Third];
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            tags[i] = new(labels[i], values[i]);
        }

        return new Series(tags);
    }

    /// <summary>One number and its labels.</summary>
    public sealed class Series(KeyValuePair<string, object?>[] tags)
    {
        private long _value;   // by Interlocked

        public void Add(long delta) => Interlocked.Add(ref _value, delta);

        public Measurement<long> Read() => new(Interlocked.Read(ref _value), tags);
    }
}
