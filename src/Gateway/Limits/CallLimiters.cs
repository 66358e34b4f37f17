using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Limits;

/// <summary>The living limiters of the clusters that have a limit, by cluster.</summary>
internal sealed class CallLimiters(TimeProvider time) : LivingByName<CallLimitPlan, CallLimiter>
{
    /// <summary>Called with every wait for a place, when it is over.</summary>
    public event Action<CallLimiter, TimeSpan>? Waited;

    internal void Apply(GatewayPlan plan) => Apply(plan.CallLimits);

    protected override CallLimiter Create(string name, CallLimitPlan plan) => new(name, plan, time, (limiter, wait) => Waited?.Invoke(limiter, wait));

    protected override void Update(CallLimiter living, CallLimitPlan plan) => living.Update(plan);
}
