using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.Proxying;

/// <summary>What a call says about its upstream, in the words of <c>gateway_upstream_errors_total</c>.</summary>
internal readonly record struct Verdict(CallOutcome Outcome, CallCause Cause);
