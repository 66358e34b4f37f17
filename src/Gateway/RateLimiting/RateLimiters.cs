using System.Collections.Concurrent;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>The living limiters, by policy.</summary>
internal sealed class RateLimiters(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RateLimiter> _limiters = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<RateLimiter> All => _limiters.Values;

    /// <summary>Null where the policy has gone since the request came.</summary>
    public RateLimiter? Find(string policy) => _limiters.GetValueOrDefault(policy);

    /// <summary>Adds what is new, updates what has changed, forgets what is gone. One caller at a time.</summary>
    internal void Apply(GatewayPlan plan)
    {
        foreach (var policy in _limiters.Keys.Where(policy => !plan.RateLimiters.ContainsKey(policy)))
        {
            _limiters.TryRemove(policy, out _);
        }

        foreach (var (policy, limits) in plan.RateLimiters)
        {
            _limiters.GetOrAdd(policy, static (_, create) => new RateLimiter(create.limits, create.time), (limits, time)).Update(limits);
        }
    }
}
