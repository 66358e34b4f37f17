namespace EventGateway.CircuitBreaking;

/// <summary>One failure that counted.</summary>
/// <param name="At">Wall time at which it counted: when it was reported, or when the probe's lease ended.</param>
/// <param name="Cause">What went wrong.</param>
/// <param name="Status">The upstream's status, if the call got that far.</param>
/// <param name="Duration">How long the call took; for a probe that did not report, its lease.</param>
/// <param name="TraceId">The trace in which the call can be found, or another id that leads to it; null for none.</param>
public sealed record CircuitFailure(DateTimeOffset At, CallCause Cause, int? Status, TimeSpan Duration, string? TraceId);
