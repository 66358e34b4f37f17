using System.Diagnostics;
using EventGateway.Gateway.Retries;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>Tells, in the trace of a request or of an aggregation's step, that its call is made again.</summary>
internal static class RetryEvents
{
    public static void Retried(int attempt, RetryReason reason, TimeSpan wait) => Spans.Recorded?.AddEvent(new ActivityEvent("retry", tags:
    [
        new("gateway.retry.attempt", attempt),
        new("gateway.retry.reason", reason.ToLabel()),
        new("gateway.retry.wait", wait.TotalSeconds),
    ]));
}
