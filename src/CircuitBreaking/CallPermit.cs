namespace EventGateway.CircuitBreaking;

/// <summary>
/// The right to make one call, from <see cref="CircuitBreaker.TryAcquire"/>. Hand it to <see cref="CircuitBreaker.Record"/>
/// exactly once. <c>default</c> permits nothing.
/// </summary>
public readonly record struct CallPermit
{
    internal CallPermit(Phase phase, ProbeLease? probe = null)
    {
        Phase = phase;
        Probe = probe;
    }

    /// <summary>The phase in which the permit was issued; phases are never reused, so this is the permit's generation.</summary>
    internal Phase? Phase { get; }

    /// <summary>The lease of a probe; null for any other call.</summary>
    internal ProbeLease? Probe { get; }

    /// <summary>
    /// Whether the result is one that the breaker may learn from. Not that of a call that passes only because of the operator's mode, and
    /// would have been rejected.
    /// </summary>
    internal bool IsJudged => Phase is ClosedPhase || Probe is not null;
}
