using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Telemetry;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Requests;

/// <summary>The outermost step: counts the request among those in flight, names it, and writes its line when it is over.</summary>
internal sealed class RequestRecordMiddleware(RequestDelegate next, TimeProvider time, InFlightRequests inFlight, AccessLog log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var record = new RequestRecord(RequestRecord.CorrelationIdFor(context.Request), context.RequestAborted);
        context.Features.Set(record);
        context.Response.Headers[RequestRecord.CorrelationHeader] = record.CorrelationId;
        using var _ = inFlight.Begin(context);
        try
        {
            await next(context);
        }
        finally
        {
            Complete(record, context);
            log.Write(context, record, time.GetElapsedTime(started));
        }
    }

    private static void Complete(RequestRecord record, HttpContext context)
    {
        if (context.Features.Get<IReverseProxyFeature>() is { } proxy)
        {
            record.Cluster = proxy.Cluster.Config.ClusterId;
            record.Destination = proxy.ProxiedDestination is { } destination ? PinnedDestinations.NameOf(destination.DestinationId) : null;
        }

        if (context.Features.Get<ProxiedCall>() is { } call)
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
