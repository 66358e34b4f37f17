namespace EventGateway.CircuitBreaking;

/// <summary>How a circuit breaker stands, by one reading of the clock.</summary>
/// <param name="State">
/// The state. An open breaker whose wait is over is <see cref="CircuitState.HalfOpen"/>, traffic or not. An operator's mode shows instead;
/// the other numbers are then those that the breaker had, or would have.
/// </param>
/// <param name="Since">Wall time at which the state began. For half-open: the end of the wait.</param>
/// <param name="RetryAfter">What remains of the wait; zero unless open.</param>
/// <param name="WindowFailures">
/// Failures recorded while closed that lie within the window. More than <paramref name="FailureThreshold"/> are shown only between
/// an <see cref="CircuitBreaker.Update"/> that lowered it and the next failure.
/// </param>
/// <param name="FailureThreshold">Failures within the window that open it.</param>
/// <param name="FailureRatioThreshold">Share of failed calls within the window that opens it; null without such a rule.</param>
/// <param name="SlowCallRatioThreshold">Share of slow calls within the window that opens it; null without such a rule.</param>
/// <param name="MinimumCalls">Calls within the window below which these two don't judge.</param>
/// <param name="BackoffStep">How often it has opened since it was last closed; 0 while closed.</param>
/// <param name="ProbesInFlight">Probes that have been let through and have not reported.</param>
/// <param name="Mode">Who decides about calls: the override's, else the options'.</param>
/// <param name="Window">The calls of the window; null while no rule asks for them.</param>
/// <param name="Override">The operator's word that holds above the options' mode; null if there is none.</param>
public sealed record CircuitStatus(
    CircuitState State,
    DateTimeOffset Since,
    TimeSpan RetryAfter,
    int WindowFailures,
    int FailureThreshold,
    double? FailureRatioThreshold,
    double? SlowCallRatioThreshold,
    int MinimumCalls,
    int BackoffStep,
    int ProbesInFlight,
    CircuitMode Mode,
    WindowTotals? Window,
    CircuitOverride? Override = null);
