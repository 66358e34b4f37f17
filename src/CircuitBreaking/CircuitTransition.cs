namespace EventGateway.CircuitBreaking;

/// <summary>One change of state.</summary>
/// <param name="Sequence">1 for the breaker's first transition, then growing by 1.</param>
/// <param name="At">Wall time of the change. For a probe that did not report, the end of its lease, however late it was noticed.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Reason">Why.</param>
/// <param name="Wait">How long calls will be rejected; only when it opens.</param>
/// <param name="TimeInPreviousState">
/// How long <see cref="CircuitStatus.State"/> read <paramref name="From"/>. An open breaker reads half-open from the end of its wait:
/// for open to half-open this is the wait, and the time until a probe came belongs to half-open.
/// </param>
/// <param name="IsSimulated">
/// Under <see cref="CircuitMode.MetricsOnly"/>: what would have happened. <see cref="CircuitStatus.State"/> and the calls did not notice.
/// </param>
public sealed record CircuitTransition(
    long Sequence,
    DateTimeOffset At,
    CircuitState From,
    CircuitState To,
    TransitionReason Reason,
    TimeSpan? Wait,
    TimeSpan TimeInPreviousState,
    bool IsSimulated = false);
