using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Limits;

/// <summary>
/// Lets a call go once its cluster has a place for it. It stands behind the circuit breaker, which refuses at once and needs no
/// place, and hands a permit back that comes to nothing.
/// </summary>
internal sealed class CallLimitMiddleware(RequestDelegate next, CallLimiters limiters)
{
    public Task InvokeAsync(HttpContext context) =>
        limiters.Find(context.GetReverseProxyFeature().Cluster.Config.ClusterId) is { } limiter ? EnterAsync(context, limiter) : next(context);

    private async Task EnterAsync(HttpContext context, CallLimiter limiter)
    {
        var record = RequestRecord.Of(context);
        var guarded = record.Guarded;
        using var place = await TryEnterAsync(limiter, context.RequestAborted, record.ClientGone);
        if (place is not null)
        {
            guarded?.Begin();
            await next(context);
        }
        else if (record.ClientGone.IsCancellationRequested)
        {
            record.Cause = CallCause.ClientAbort.ToLabel();
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
            guarded?.Finish(new Verdict(CallOutcome.Ignored, CallCause.ClientAbort));
        }
        else
        {
            guarded?.Finish(UpstreamVerdict.NotAttempted);
            await context.WriteErrorAsync(GatewayError.Overloaded(limiter.Plan.QueueTimeout));
        }
    }

    private static async ValueTask<CallPlace?> TryEnterAsync(CallLimiter limiter, CancellationToken requestAborted, CancellationToken clientGone)
    {
        try
        {
            return await limiter.EnterAsync(requestAborted);
        }
        catch (OperationCanceledException)
        {
            if (!clientGone.IsCancellationRequested)
            {
                limiter.Refuse();   // the route's whole time was spent in the queue
            }

            return null;
        }
    }
}
