using System.Collections.Concurrent;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// What lives on from one configuration to the next, by the name that it has there: its plan changes, while what it has learned stays.
/// </summary>
/// <typeparam name="TPlan">What a configuration says of it.</typeparam>
/// <typeparam name="T">What lives.</typeparam>
internal abstract class LivingByName<TPlan, T>
    where T : class
{
    private readonly ConcurrentDictionary<string, T> _living = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<T> All => _living.Values;

    /// <summary>Null where the configuration doesn't have it (any more).</summary>
    public T? Find(string name) => _living.GetValueOrDefault(name);

    /// <summary>Adds what is new, updates what has changed, forgets what is gone. One caller at a time.</summary>
    protected void Apply(IReadOnlyDictionary<string, TPlan> plans)
    {
        foreach (var name in _living.Keys.Where(name => !plans.ContainsKey(name)))
        {
            _living.TryRemove(name, out _);
        }

        foreach (var (name, plan) in plans)
        {
            Update(_living.GetOrAdd(name, Create, plan), plan);
        }
    }

    protected abstract T Create(string name, TPlan plan);

    protected abstract void Update(T living, TPlan plan);
}
