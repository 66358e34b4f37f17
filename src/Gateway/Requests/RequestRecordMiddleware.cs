using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Management;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Telemetry;
using EventGateway.Gateway.Telemetry.Tracing;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Requests;

/// <summary>The outermost step: counts the request among those in flight, names it, and writes its line when it is over.</summary>
internal sealed class RequestRecordMiddleware(
    RequestDelegate next, TimeProvider time, InFlightRequests inFlight, AccessLog log, RouteTraffic traffic, RequestMetrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var record = new RequestRecord(
            RequestRecord.CorrelationIdFor(context.Request), context.RequestAborted, TraceContext.ParentOf(context.Request.Headers), metrics);
        context.Features.Set(record);
        context.Response.Headers[RequestRecord.CorrelationHeader] = record.CorrelationId;
        using var _ = context.IsForManagement() ? default : inFlight.Begin(context);   // an operator who looks on holds no shutdown up
        try
        {
            await next(context);
        }
        finally
        {
            Complete(record, context);
            RequestSpan.Complete(context, record);
            var took = time.GetElapsedTime(started);
            traffic.Finished(record.Route, took, record.Cache != CacheResult.Stale && Failed(record, context));
            log.Write(context, record, took);
        }
    }

    // An answer that broke off has the status with which it began.
    private static bool Failed(RequestRecord record, HttpContext context) =>
        context.Response.StatusCode >= StatusCodes.Status500InternalServerError || record.Call?.Verdict is { Outcome: CallOutcome.Failure };

    private static void Complete(RequestRecord record, HttpContext context)
    {
        if (context.Features.Get<IReverseProxyFeature>() is { } proxy)
        {
            record.Cluster = proxy.Cluster.Config.ClusterId;
            record.DestinationId = proxy.ProxiedDestination?.DestinationId;
        }

        if (record.Call is { } call)
        {
            record.UpstreamDuration = call.Duration;
            // Of an upstream's failure the verdict says more than the error's code, of a client's mistake less.
            if (call.Verdict is { Cause: not CallCause.None } verdict && (record.Cause is null || verdict.Outcome == CallOutcome.Failure))
            {
                record.Cause = verdict.Cause.ToLabel();
            }
        }
    }
}
