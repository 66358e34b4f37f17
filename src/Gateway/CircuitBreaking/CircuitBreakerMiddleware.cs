using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry.Tracing;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// The gate in front of a guarded route. It stands at the head of the proxy pipeline: an open breaker costs no choice of a
/// destination and sends no byte upstream.
/// </summary>
internal sealed class CircuitBreakerMiddleware(RequestDelegate next, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Guard>() is { } guard ? GuardAsync(context, guard) : next(context);

    private async Task GuardAsync(HttpContext context, Guard guard)
    {
        var record = RequestRecord.Of(context);
        record.Breaker = guard.Breaker.Name;
        if (!guard.Breaker.TryAcquire(out var permit, out var rejection))
        {
            record.BreakerState = rejection.State;
            BreakerEvents.Rejected(guard.Breaker.Name, rejection);
            await context.WriteErrorAsync(GatewayError.CircuitOpen(rejection));
            return;
        }

        var call = new GuardedCall(guard, permit, time, record, context.Request.Body as WatchedBody);
        record.Guarded = call;
        try
        {
            await next(context);
        }
        finally
        {
            // Has no effect on a call that was judged; without a verdict something gave up before the call began.
            call.Finish(new Verdict(CallOutcome.Ignored, CallCause.GatewayError));
            record.BreakerState = guard.Breaker.State;
        }
    }
}
