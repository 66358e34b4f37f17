using System.Collections.Concurrent;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Limits;

/// <summary>The living limiters of the clusters that have a limit, by cluster.</summary>
internal sealed class CallLimiters(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, CallLimiter> _limiters = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Called with every wait for a place, when it is over.</summary>
    public event Action<CallLimiter, TimeSpan>? Waited;

    public IEnumerable<CallLimiter> All => _limiters.Values;

    /// <summary>Null where the cluster has no limit.</summary>
    public CallLimiter? Find(string cluster) => _limiters.GetValueOrDefault(cluster);

    /// <summary>Adds what is new, updates what has changed, forgets what is gone. One caller at a time.</summary>
    internal void Apply(GatewayPlan plan)
    {
        foreach (var cluster in _limiters.Keys.Where(cluster => !plan.CallLimits.ContainsKey(cluster)))
        {
            _limiters.TryRemove(cluster, out _);
        }

        foreach (var (cluster, limit) in plan.CallLimits)
        {
            _limiters.GetOrAdd(cluster, Create, limit).Update(limit);
        }
    }

    private CallLimiter Create(string cluster, CallLimitPlan limit) => new(cluster, limit, time, (limiter, wait) => Waited?.Invoke(limiter, wait));
}
