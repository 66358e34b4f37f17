using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Watches one proxied call from the decision to forward until the last byte of its body, and says how it ended: to the
/// breaker, the metrics, the access log and <c>/ready</c>.
/// </summary>
internal sealed class ProxiedCallMiddleware
{
    private readonly RequestDelegate _next;
    private readonly TimeProvider _time;
    private readonly UpstreamMetrics _metrics;
    private readonly UpstreamReachability _reachability;
    private readonly BusyPolling _polling;
    private readonly Action<ProxiedCall> _conclude;   // one delegate for all requests

    public ProxiedCallMiddleware(
        RequestDelegate next, TimeProvider time, UpstreamMetrics metrics, UpstreamReachability reachability, BusyPolling polling)
    {
        _next = next;
        _time = time;
        _metrics = metrics;
        _reachability = reachability;
        _polling = polling;
        _conclude = Conclude;
    }

    public async Task InvokeAsync(HttpContext context)
    {
        var connection = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        var record = RequestRecord.Of(context);
        var call = new ProxiedCall(context, record, connection, _conclude) { Started = _time.GetTimestamp() };
        context.Features.Set<IHttpRequestLifetimeFeature>(call);
        record.Call = call;
        try
        {
            await _polling.CallAsync(_next, context);
            Conclude(call);
        }
        catch (Exception e)
        {
            Conclude(call, UpstreamVerdict.OfException(e, call.Attempted));
            throw;
        }
    }

    private void Conclude(ProxiedCall call)
    {
        var error = call.Context.Features.Get<IForwarderErrorFeature>();
        var failureStatuses = call.Guarded?.FailureStatuses ?? StatusSet.ServerErrors;
        Conclude(call, UpstreamVerdict.Judge(call, error?.Error ?? ForwarderError.None, error?.Exception, failureStatuses));
    }

    private void Conclude(ProxiedCall call, Verdict verdict)
    {
        if (call.Verdict is not null)
        {
            return;   // it was when the connection was cut
        }

        call.Verdict = verdict;
        call.Duration = _time.GetElapsedTime(call.Started);
        call.Guarded?.Finish(verdict);
        if (verdict.Outcome == CallOutcome.NotAttempted)
        {
            return;
        }

        var proxy = call.Context.GetReverseProxyFeature();
        _metrics.CallFinished(proxy.Route.Config.RouteId, proxy.Cluster.Config.ClusterId, call.Context.Request.Method, verdict, call.Duration);
        if (proxy.ProxiedDestination is { } destination)
        {
            _reachability.Learn(destination.Model.Config.Address, call.Status is not null, verdict.Cause);
        }
    }
}
