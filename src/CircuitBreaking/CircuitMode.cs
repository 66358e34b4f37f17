namespace EventGateway.CircuitBreaking;

/// <summary>Who decides about calls: the breaker, or its operator.</summary>
public enum CircuitMode
{
    /// <summary>The breaker.</summary>
    Automatic,

    /// <summary>The operator: every call is rejected.</summary>
    ForcedOpen,

    /// <summary>The operator: every call passes, and nothing is counted.</summary>
    Disabled,

    /// <summary>
    /// Every call passes. The breaker goes on as if it decided, and reports what it would have done: for trying settings on real traffic.
    /// </summary>
    MetricsOnly,
}
