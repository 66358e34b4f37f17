namespace EventGateway.CircuitBreaking;

/// <summary>Where each counter lies in one flat array: calls, rejections, late results, transitions.</summary>
internal static class CounterSlot
{
    private static readonly int Outcomes = Enum.GetValues<CallOutcome>().Length;
    private static readonly int Causes = Enum.GetValues<CallCause>().Length;
    private static readonly int FirstRejection = Outcomes * Causes;
    private static readonly int FirstLateResult = FirstRejection + Enum.GetValues<CircuitState>().Length;
    private static readonly int FirstTransition = FirstLateResult + Outcomes;

    private static readonly Dictionary<(CircuitState From, CircuitState To, TransitionReason Reason), int> OfTransitions =
        CircuitCounts.PossibleTransitions.Index().ToDictionary(t => t.Item, t => FirstTransition + t.Index);

    public static int Count { get; } = FirstTransition + OfTransitions.Count;

    public static int OfCall(CallOutcome outcome, CallCause cause) => ((int)outcome * Causes) + (int)cause;

    public static int OfRejection(CircuitState state) => FirstRejection + (int)state;

    public static int OfLateResult(CallOutcome outcome) => FirstLateResult + (int)outcome;

    /// <summary>Null for one that can't happen.</summary>
    public static int? OfTransition(CircuitState from, CircuitState to, TransitionReason reason) =>
        OfTransitions.TryGetValue((from, to, reason), out var slot) ? slot : null;
}
