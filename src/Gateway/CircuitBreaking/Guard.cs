using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// A living breaker, and which answers count against its upstream. Guarded routes carry it as endpoint metadata.
/// </summary>
internal sealed class Guard(CircuitBreaker breaker, StatusSet failureStatuses)
{
    private volatile StatusSet _failureStatuses = failureStatuses;

    public CircuitBreaker Breaker { get; } = breaker;

    public StatusSet FailureStatuses => _failureStatuses;

    public void Update(BreakerPlan plan)
    {
        Breaker.Update(plan.Settings);
        _failureStatuses = plan.FailureStatuses;
    }
}
