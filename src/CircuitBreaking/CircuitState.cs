namespace EventGateway.CircuitBreaking;

/// <summary>What a circuit breaker does with the calls that reach it.</summary>
public enum CircuitState
{
    /// <summary>Calls pass; failures are counted.</summary>
    Closed,

    /// <summary>Calls are rejected until the wait is over.</summary>
    Open,

    /// <summary>The wait is over: a few probes pass and decide, every other call is rejected.</summary>
    HalfOpen,

    /// <summary>An operator has it reject every call.</summary>
    ForcedOpen,

    /// <summary>An operator has it pass every call and count nothing.</summary>
    Disabled,

    /// <summary>An operator has it pass every call and only count what it would have done.</summary>
    MetricsOnly,
}
