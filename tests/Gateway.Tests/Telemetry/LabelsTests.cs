using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Tests.Telemetry;

// Swapped label values compile, and dashboards believe them.
public class LabelsTests
{
    [Theory]
    [InlineData(CircuitState.Closed, "closed")]
    [InlineData(CircuitState.Open, "open")]
    [InlineData(CircuitState.HalfOpen, "half_open")]
    [InlineData(CircuitState.ForcedOpen, "forced_open")]
    [InlineData(CircuitState.Disabled, "disabled")]
    [InlineData(CircuitState.MetricsOnly, "metrics_only")]
    public void ToLabel_State_IsSpelledOut(CircuitState value, string label) => Assert.Equal(label, value.ToLabel());

    [Theory]
    [InlineData(CallOutcome.Success, "success")]
    [InlineData(CallOutcome.Failure, "failure")]
    [InlineData(CallOutcome.Ignored, "ignored")]
    [InlineData(CallOutcome.NotAttempted, "not_attempted")]
    public void ToLabel_Outcome_IsSpelledOut(CallOutcome value, string label) => Assert.Equal(label, value.ToLabel());

    [Theory]
    [InlineData(CallCause.None, "none")]
    [InlineData(CallCause.Status5xx, "status_5xx")]
    [InlineData(CallCause.Connect, "connect")]
    [InlineData(CallCause.Transport, "transport")]
    [InlineData(CallCause.Timeout, "timeout")]
    [InlineData(CallCause.Body, "body")]
    [InlineData(CallCause.BadResponse, "bad_response")]
    [InlineData(CallCause.ClientAbort, "client_abort")]
    [InlineData(CallCause.Local, "local")]
    [InlineData(CallCause.GatewayError, "gateway_error")]
    public void ToLabel_Cause_IsSpelledOut(CallCause value, string label) => Assert.Equal(label, value.ToLabel());

    [Theory]
    [InlineData(TransitionReason.FailureThreshold, "failure_threshold")]
    [InlineData(TransitionReason.FailureRatio, "failure_ratio")]
    [InlineData(TransitionReason.SlowCallRatio, "slow_call_ratio")]
    [InlineData(TransitionReason.WaitOver, "wait_over")]
    [InlineData(TransitionReason.ProbeFailed, "probe_failed")]
    [InlineData(TransitionReason.ProbeTimeout, "probe_timeout")]
    [InlineData(TransitionReason.ProbesSucceeded, "probes_succeeded")]
    [InlineData(TransitionReason.ModeChanged, "mode_changed")]
    [InlineData(TransitionReason.Reset, "reset")]
    public void ToLabel_TransitionReason_IsSpelledOut(TransitionReason value, string label) =>
        Assert.Equal(label, value.ToLabel());

    [Theory]
    [InlineData("ForceOpen", "force_open", "force-open")]
    [InlineData("Disable", "disable", "disable")]
    [InlineData("MetricsOnly", "metrics_only", "metrics-only")]
    [InlineData("Reset", "reset", "reset")]
    public void ToLabel_OperatorVerb_IsSpelledOut(string value, string label, string word)
    {
        var verb = Enum.Parse<OperatorVerb>(value);
        Assert.Equal((label, word), (verb.ToLabel(), verb.ToWord()));
    }

    [Theory]
    [InlineData("Validation", "validation")]
    [InlineData("MediaType", "media_type")]
    [InlineData("TooLarge", "too_large")]
    [InlineData("Method", "method")]
    [InlineData("NoRoute", "no_route")]
    [InlineData("Overload", "overload")]
    [InlineData("Auth", "auth")]
    [InlineData("RateLimit", "rate_limit")]
    public void ToLabel_RejectionReason_IsSpelledOut(string value, string label) => Assert.Equal(label, Enum.Parse<RejectionReason>(value).ToLabel());

    [Theory]
    [InlineData("Connect", "connect")]
    [InlineData("Status", "status")]
    public void ToLabel_RetryReason_IsSpelledOut(string value, string label) => Assert.Equal(label, Enum.Parse<RetryReason>(value).ToLabel());

    [Theory]
    [InlineData("Applied", "applied")]
    [InlineData("Unchanged", "unchanged")]
    [InlineData("Rejected", "rejected")]
    public void ToLabel_ReloadResult_IsSpelledOut(string value, string label) =>
        Assert.Equal(label, ConfigurationMetrics.ToLabel(Enum.Parse<ReloadResult>(value)));

    [Fact]
    public void ToLabel_EveryValue_IsInTheTablesAbove() => Assert.Equal(
        [6, 4, 10, 9, 8, 3, 4, 2],
        [
            Enum.GetValues<CircuitState>().Length, Enum.GetValues<CallOutcome>().Length, Enum.GetValues<CallCause>().Length,
            Enum.GetValues<TransitionReason>().Length, Enum.GetValues<RejectionReason>().Length, Enum.GetValues<ReloadResult>().Length,
            Enum.GetValues<OperatorVerb>().Length, Enum.GetValues<RetryReason>().Length,
        ]);
}
