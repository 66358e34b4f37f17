namespace EventGateway.CircuitBreaking;

/// <summary>Why a circuit breaker changed its state.</summary>
public enum TransitionReason
{
    /// <summary>Closed to open: <see cref="CircuitBreakerOptions.FailureThreshold"/> failures within the window.</summary>
    FailureThreshold,

    /// <summary>Closed to open: <see cref="CircuitBreakerOptions.FailureRatio"/> of the calls within the window failed.</summary>
    FailureRatio,

    /// <summary>Closed to open: <see cref="CircuitBreakerOptions.SlowCallRatio"/> of the calls within the window were slow.</summary>
    SlowCallRatio,

    /// <summary>Open to half-open: the wait is over and a call has come to probe, or an operator sets another mode.</summary>
    WaitOver,

    /// <summary>Half-open to open: a probe failed.</summary>
    ProbeFailed,

    /// <summary>Half-open to open: a probe did not report within <see cref="CircuitBreakerOptions.ProbeTimeout"/>.</summary>
    ProbeTimeout,

    /// <summary>Half-open to closed: <see cref="CircuitBreakerOptions.SuccessesToClose"/> probes succeeded.</summary>
    ProbesSucceeded,

    /// <summary>An operator has set another <see cref="CircuitBreakerOptions.Mode"/> or an override, or the override has ended.</summary>
    ModeChanged,

    /// <summary>Open or half-open to closed: an operator had it forget everything.</summary>
    Reset,
}
