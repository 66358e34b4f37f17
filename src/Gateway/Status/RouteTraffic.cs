using System.Collections.Concurrent;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Status;

/// <summary>
/// What the clients of each route and aggregation got: as they saw it, the gateway's own errors included. A stretch lasts ten seconds;
/// the last quarter of an hour is kept.
/// </summary>
internal sealed class RouteTraffic(TimeProvider time)
{
    public const int MostStretches = 90;

    public static readonly TimeSpan Stretch = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Route> _routes = new(StringComparer.OrdinalIgnoreCase);

    private readonly Lock _gate = new();
    private long _started = time.GetTimestamp();   // guarded by _gate; when the running stretch began
    private TimeSpan _previous;                    // guarded by _gate; how long the one before took

    /// <summary>Counts exactly these from now on; those already there keep their numbers.</summary>
    public void Declare(GatewayPlan plan)
    {
        var wanted = plan.Routes.Select(route => route.RouteId).Concat(plan.Aggregations.Select(a => a.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var gone in _routes.Keys.Where(name => !wanted.Contains(name)))
        {
            _routes.TryRemove(gone, out _);
        }

        foreach (var name in wanted)
        {
            _routes.GetOrAdd(name, static _ => new Route());
        }
    }

    /// <summary>Called at the end of every request; those of no configured route aren't counted.</summary>
    public void Finished(string route, TimeSpan took, bool failed)
    {
        if (_routes.TryGetValue(route, out var found))
        {
            found.Counter.Add(took, failed);
        }
    }

    /// <summary>Ends the running stretch if it is over. Says whether it was.</summary>
    public bool TryAdvance()
    {
        lock (_gate)
        {
            var elapsed = time.GetElapsedTime(_started);
            if (elapsed < Stretch)
            {
                return false;
            }

            foreach (var route in _routes.Values)
            {
                route.Advance(elapsed);
            }

            _started = time.GetTimestamp();
            _previous = elapsed;
            return true;
        }
    }

    /// <summary>Figures of the running stretch and the one before, so of 10 to 20 s.</summary>
    public RouteFigures Now(string route)
    {
        lock (_gate)
        {
            return _routes.TryGetValue(route, out var found) ? found.Now(_previous + time.GetElapsedTime(_started)) : default;
        }
    }

    /// <summary>The stretches that are over, oldest first.</summary>
    public IReadOnlyList<RouteFigures> History(string route)
    {
        lock (_gate)
        {
            return _routes.TryGetValue(route, out var found) ? [.. found.Stretches] : [];
        }
    }

    // Guarded by _gate, but for the counter.
    private sealed class Route
    {
        private long[] _beforeLast;
        private long[] _last;

        public Route() => _beforeLast = _last = Counter.Read();

        public RouteCounter Counter { get; } = new();

        public Queue<RouteFigures> Stretches { get; } = new();

        public RouteFigures Now(TimeSpan elapsed) => RouteCounter.Compare(_beforeLast, Counter.Read(), elapsed);

        public void Advance(TimeSpan elapsed)
        {
            var counts = Counter.Read();
            if (Stretches.Count == MostStretches)
            {
                Stretches.Dequeue();
            }

            Stretches.Enqueue(RouteCounter.Compare(_last, counts, elapsed));
            (_beforeLast, _last) = (_last, counts);
        }
    }
}
