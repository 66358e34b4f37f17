namespace EventGateway.CircuitBreaking;

/// <summary>
/// A probe's place, for a limited time. The permit points to it, so that whether it was recorded is remembered for as long as
/// somebody could record it again, and no longer.
/// </summary>
internal sealed class ProbeLease(TimeSpan end, TimeSpan length)
{
    public TimeSpan End { get; } = end;

    public TimeSpan Length { get; } = length;

    /// <summary>It ended before the probe reported, and was counted as a failure then. Guarded by the breaker's gate.</summary>
    public bool Expired { get; set; }

    /// <summary>The probe has reported. Guarded by the breaker's gate.</summary>
    public bool Recorded { get; set; }
}
