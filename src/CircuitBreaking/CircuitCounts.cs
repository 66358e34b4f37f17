namespace EventGateway.CircuitBreaking;

/// <summary>
/// What a circuit breaker has counted since it was made: a copy that no longer changes. Counters are read one after another while
/// calls go on, so two of them may differ by the calls of that instant; none ever goes back.
/// </summary>
public sealed class CircuitCounts
{
    private readonly long[] _totals;

    internal CircuitCounts(long[] totals) => _totals = totals;

    /// <summary>Every (outcome, cause) that a call can have.</summary>
    public static IReadOnlyList<(CallOutcome Outcome, CallCause Cause)> PossibleCalls { get; } =
    [
        (CallOutcome.Success, CallCause.None),
        (CallOutcome.Failure, CallCause.Status5xx),
        (CallOutcome.Failure, CallCause.Connect),
        (CallOutcome.Failure, CallCause.Transport),
        (CallOutcome.Failure, CallCause.Timeout),
        (CallOutcome.Failure, CallCause.Body),
        (CallOutcome.Failure, CallCause.BadResponse),
        (CallOutcome.Failure, CallCause.GatewayError),
        (CallOutcome.Ignored, CallCause.ClientAbort),
        (CallOutcome.Ignored, CallCause.GatewayError),
        (CallOutcome.NotAttempted, CallCause.Local),
    ];

    /// <summary>Every state in which a call can be rejected, or would have been: <see cref="CircuitState.MetricsOnly"/>.</summary>
    public static IReadOnlyList<CircuitState> PossibleRejections { get; } =
        [CircuitState.Open, CircuitState.HalfOpen, CircuitState.ForcedOpen, CircuitState.MetricsOnly];

    /// <summary>Every transition that can happen.</summary>
    public static IReadOnlyList<(CircuitState From, CircuitState To, TransitionReason Reason)> PossibleTransitions { get; } =
    [
        (CircuitState.Closed, CircuitState.Open, TransitionReason.FailureThreshold),
        (CircuitState.Closed, CircuitState.Open, TransitionReason.FailureRatio),
        (CircuitState.Closed, CircuitState.Open, TransitionReason.SlowCallRatio),
        (CircuitState.Open, CircuitState.HalfOpen, TransitionReason.WaitOver),
        (CircuitState.HalfOpen, CircuitState.Open, TransitionReason.ProbeFailed),
        (CircuitState.HalfOpen, CircuitState.Open, TransitionReason.ProbeTimeout),
        (CircuitState.HalfOpen, CircuitState.Closed, TransitionReason.ProbesSucceeded),
        (CircuitState.Open, CircuitState.Closed, TransitionReason.Reset),
        (CircuitState.HalfOpen, CircuitState.Closed, TransitionReason.Reset),

        .. ModeChanges,
    ];

    /// <summary>
    /// Calls with this result, late ones included. A probe that did not report in time is one failed by timeout, whatever it reports
    /// afterwards.
    /// </summary>
    public long Calls(CallOutcome outcome, CallCause cause) => _totals[CounterSlot.OfCall(outcome, cause)];

    /// <summary>Calls rejected in this state; under <see cref="CircuitState.MetricsOnly"/>: that would have been, and passed.</summary>
    public long Rejections(CircuitState state) => _totals[CounterSlot.OfRejection(state)];

    /// <summary>Transitions of this kind, simulated ones included; 0 for one that can't happen.</summary>
    public long Transitions(CircuitState from, CircuitState to, TransitionReason reason) =>
        CounterSlot.OfTransition(from, to, reason) is { } slot ? _totals[slot] : 0;

    /// <summary>Results that came after a later transition than the one they were permitted under, and so changed nothing.</summary>
    public long LateResults(CallOutcome outcome) => _totals[CounterSlot.OfLateResult(outcome)];

    // Any state gives way to an operator's. Forced open and disabled end closed; metrics only ends as what it simulated.
    private static IEnumerable<(CircuitState From, CircuitState To, TransitionReason Reason)> ModeChanges =>
        from @from in Enum.GetValues<CircuitState>()
        from to in Enum.GetValues<CircuitState>()
        where @from != to
        where IsOperators(to) || @from == CircuitState.MetricsOnly || (IsOperators(@from) && to == CircuitState.Closed)
        select (@from, to, TransitionReason.ModeChanged);

    private static bool IsOperators(CircuitState state) => state is CircuitState.ForcedOpen or CircuitState.Disabled or CircuitState.MetricsOnly;
}
