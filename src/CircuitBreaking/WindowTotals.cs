namespace EventGateway.CircuitBreaking;

/// <summary>The calls of the last <see cref="CircuitBreakerOptions.FailureWindow"/>, to a tenth of it.</summary>
/// <param name="Calls">Successes and failures recorded while closed.</param>
/// <param name="Failures">Failures among them.</param>
/// <param name="SlowCalls">Those whose <see cref="CallResult.Latency"/> was <see cref="CircuitBreakerOptions.SlowCallDuration"/> or longer, failed or not.</param>
public readonly record struct WindowTotals(long Calls, long Failures, long SlowCalls)
{
    /// <summary>Share of the calls that failed, 0 to 1; 0 without calls.</summary>
    public double FailureRatio => Share(Failures);

    /// <summary>Share of the calls that were slow, 0 to 1; 0 without calls.</summary>
    public double SlowCallRatio => Share(SlowCalls);

    // A quotient, not a product with the limit: 3 of 30 is then exactly what "0.1" reads as.
    private double Share(long part) => Calls == 0 ? 0 : (double)part / Calls;
}
