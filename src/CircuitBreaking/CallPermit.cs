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

    /// <summary>The lease of a probe; null for a call that was permitted while closed.</summary>
    internal ProbeLease? Probe { get; }
}
