using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Watches one proxied call from the decision to forward until the last byte of its body, and says how it ended: for the
/// breaker, the metrics, the access log and <c>/ready</c>.
/// </summary>
internal sealed class UpstreamCallMiddleware(
    RequestDelegate next, TimeProvider time, UpstreamMetrics metrics, UpstreamReachability reachability)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var call = Begin(context);
        var started = time.GetTimestamp();
        try
        {
            await next(context);
            var error = context.Features.Get<IForwarderErrorFeature>();
            var statuses = context.GetEndpoint()?.Metadata.GetMetadata<Guard>()?.FailureStatuses ?? StatusSet.ServerErrors;
            call.Verdict = UpstreamVerdict.Judge(call, error?.Error ?? ForwarderError.None, error?.Exception, statuses);
        }
        catch (Exception e)
        {
            call.Verdict = UpstreamVerdict.OfException(e, call.Attempted);
            throw;
        }
        finally
        {
            call.Duration = time.GetElapsedTime(started);
            End(context, call);
        }
    }

    private static UpstreamCall Begin(HttpContext context)
    {
        var connection = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        var call = new UpstreamCall(connection, context.Features.Get<IHttpRequestTimeoutFeature>(), RequestRecord.Of(context).ClientGone);
        context.Features.Set<IHttpRequestLifetimeFeature>(call);
        context.Features.Set(call);
        return call;
    }

    private void End(HttpContext context, UpstreamCall call)
    {
        if (call.Verdict.Outcome == CallOutcome.NotAttempted)
        {
            return;
        }

        var proxy = context.GetReverseProxyFeature();
        metrics.CallFinished(proxy.Route.Config.RouteId, proxy.Cluster.Config.ClusterId, context.Request.Method, call.Verdict, call.Duration);
        if (proxy.ProxiedDestination is { } destination)
        {
            reachability.Learn(destination.Model.Config.Address, call.Status is not null, call.Verdict.Cause);
        }
    }
}
