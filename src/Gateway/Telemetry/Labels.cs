using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Retries;

namespace EventGateway.Gateway.Telemetry;

/// <summary>
/// How states and causes are spelled in metrics, logs and <c>/ready</c>. Dashboards believe these words: a test spells out each.
/// </summary>
internal static class Labels
{
    public static string ToLabel(this CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.Open => "open",
        CircuitState.HalfOpen => "half_open",
        CircuitState.ForcedOpen => "forced_open",
        CircuitState.Disabled => "disabled",
        CircuitState.MetricsOnly => "metrics_only",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static string ToLabel(this CallOutcome outcome) => outcome switch
    {
        CallOutcome.Success => "success",
        CallOutcome.Failure => "failure",
        CallOutcome.Ignored => "ignored",
        CallOutcome.NotAttempted => "not_attempted",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    public static string ToLabel(this CallCause cause) => cause switch
    {
        CallCause.None => "none",
        CallCause.Status5xx => "status_5xx",
        CallCause.Connect => "connect",
        CallCause.Transport => "transport",
        CallCause.Timeout => "timeout",
        CallCause.Body => "body",
        CallCause.BadResponse => "bad_response",
        CallCause.ClientAbort => "client_abort",
        CallCause.Local => "local",
        CallCause.GatewayError => "gateway_error",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };

    public static string ToLabel(this TransitionReason reason) => reason switch
    {
        TransitionReason.FailureThreshold => "failure_threshold",
        TransitionReason.FailureRatio => "failure_ratio",
        TransitionReason.SlowCallRatio => "slow_call_ratio",
        TransitionReason.WaitOver => "wait_over",
        TransitionReason.ProbeFailed => "probe_failed",
        TransitionReason.ProbeTimeout => "probe_timeout",
        TransitionReason.ProbesSucceeded => "probes_succeeded",
        TransitionReason.ModeChanged => "mode_changed",
        TransitionReason.Reset => "reset",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static string ToLabel(this OperatorVerb verb) => verb switch
    {
        OperatorVerb.ForceOpen => "force_open",
        OperatorVerb.Disable => "disable",
        OperatorVerb.MetricsOnly => "metrics_only",
        OperatorVerb.Reset => "reset",
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, null),
    };

    public static string ToLabel(this RetryReason reason) => reason switch
    {
        RetryReason.Connect => "connect",
        RetryReason.Status => "status",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static string ToLabel(this RejectionReason reason) => reason switch
    {
        RejectionReason.Validation => "validation",
        RejectionReason.MediaType => "media_type",
        RejectionReason.TooLarge => "too_large",
        RejectionReason.Method => "method",
        RejectionReason.NoRoute => "no_route",
        RejectionReason.Overload => "overload",
        RejectionReason.Auth => "auth",
        RejectionReason.RateLimit => "rate_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
