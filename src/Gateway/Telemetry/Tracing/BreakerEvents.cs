using System.Diagnostics;
using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>Tells, in the trace of the request that met it, what a breaker did.</summary>
internal static class BreakerEvents
{
    public static void Rejected(string breaker, CircuitRejection rejection) => Spans.Recorded?.AddEvent(new ActivityEvent("circuit_breaker.rejected", tags:
    [
        new("gateway.breaker", breaker),
        new("gateway.breaker.state", rejection.State.ToLabel()),
        new("gateway.breaker.retry_after", rejection.RetryAfter.TotalSeconds),
    ]));

    /// <summary>Of two requests that change a breaker at the same moment, one may tell for both.</summary>
    public static void Transitioned(CircuitBreaker breaker, CircuitTransition transition) =>
        Spans.Recorded?.AddEvent(new ActivityEvent("circuit_breaker.transition", tags:
        [
            new("gateway.breaker", breaker.Name),
            new("gateway.breaker.from", transition.From.ToLabel()),
            new("gateway.breaker.to", transition.To.ToLabel()),
            new("gateway.breaker.reason", transition.Reason.ToLabel()),
            new("gateway.breaker.wait", transition.Wait?.TotalSeconds),
        ]));
}
