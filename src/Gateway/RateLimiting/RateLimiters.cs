using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>The living limiters, by policy.</summary>
internal sealed class RateLimiters(TimeProvider time) : LivingByName<RateLimiterPlan, RateLimiter>
{
    internal void Apply(GatewayPlan plan) => Apply(plan.RateLimiters);

    protected override RateLimiter Create(string name, RateLimiterPlan plan) => new(plan, time);

    protected override void Update(RateLimiter living, RateLimiterPlan plan) => living.Update(plan);
}
