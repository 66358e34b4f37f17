using System.Collections.Immutable;
using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// A living breaker, which answers count against its upstream, and what operators told it. Guarded routes carry it as endpoint metadata.
/// </summary>
internal sealed class Guard(CircuitBreaker breaker, StatusSet failureStatuses)
{
    private const int MostActions = 20;

    private volatile StatusSet _failureStatuses = failureStatuses;
    private ImmutableList<OperatorAction> _actions = [];   // by Interlocked

    public CircuitBreaker Breaker { get; } = breaker;

    public StatusSet FailureStatuses => _failureStatuses;

    /// <summary>What operators told the breaker, newest first, at most 20.</summary>
    public IReadOnlyList<OperatorAction> Actions => Volatile.Read(ref _actions);

    public void Remember(OperatorAction action) =>
        ImmutableInterlocked.Update(ref _actions, static (actions, added) => [added, .. actions.Take(MostActions - 1)], action);

    public void Update(BreakerPlan plan)
    {
        Breaker.Update(plan.Settings);
        _failureStatuses = plan.FailureStatuses;
    }
}
