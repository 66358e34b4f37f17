namespace EventGateway.CircuitBreaking;

/// <summary>When should a closed breaker open? Judged with each failure and each slow call; a quick success is good news.</summary>
internal static class OpeningRules
{
    /// <param name="options">The settings in force.</param>
    /// <param name="failed">Whether the call failed.</param>
    /// <param name="slow">Whether the call was slow.</param>
    /// <param name="thresholdReached">Whether it is the last of so many failures within the window.</param>
    /// <param name="totals">The calls of the window, this one included; <c>default</c> while no rule asks for them.</param>
    /// <returns>The first rule that holds; null if it should stay closed.</returns>
    public static TransitionReason? Judge(CircuitBreakerOptions options, bool failed, bool slow, bool thresholdReached, WindowTotals totals)
    {
        var enoughCalls = totals.Calls >= options.MinimumCalls;
        return thresholdReached && totals.FailureRatio >= options.MinimumFailureRatio ? TransitionReason.FailureThreshold
            : failed && enoughCalls && totals.FailureRatio >= options.FailureRatio ? TransitionReason.FailureRatio
            : slow && enoughCalls && totals.SlowCallRatio >= options.SlowCallRatio ? TransitionReason.SlowCallRatio
            : null;
    }
}
