namespace EventGateway.CircuitBreaking;

/// <summary>Where each counter lies in one flat array: calls, rejections, transitions, late results.</summary>
internal static class CounterSlot
{
    private static readonly int Outcomes = Enum.GetValues<CallOutcome>().Length;
    private static readonly int Causes = Enum.GetValues<CallCause>().Length;
    private static readonly int FirstRejection = Outcomes * Causes;
    private static readonly int FirstTransition = FirstRejection + Enum.GetValues<CircuitState>().Length;
    private static readonly int FirstLateResult = FirstTransition + Enum.GetValues<TransitionReason>().Length;

    public static int Count { get; } = FirstLateResult + Outcomes;

    public static int OfCall(CallOutcome outcome, CallCause cause) => ((int)outcome * Causes) + (int)cause;

    public static int OfRejection(CircuitState state) => FirstRejection + (int)state;

    // A reason has one "from" and one "to".
    public static int OfTransition(TransitionReason reason) => FirstTransition + (int)reason;

    public static int OfLateResult(CallOutcome outcome) => FirstLateResult + (int)outcome;
}
