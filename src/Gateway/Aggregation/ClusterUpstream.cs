using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.ClientAddress;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry.Tracing;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Aggregation;

/// <summary>
/// The aggregator's way to the upstreams of one request: YARP's clusters, with their addresses, health, load balancing and
/// connections, so that one edit moves routes and aggregations alike.
/// </summary>
internal sealed class ClusterUpstream(ClusterUpstreams shared, HttpContext context, AggregationPlan plan, IReadOnlyDictionary<string, StepTarget> targets)
    : IUpstream
{
    private readonly string _correlationId = RequestRecord.Of(context).CorrelationId;
    private readonly ConcurrentDictionary<UpstreamCall, GuardedCall> _guarded = new();
    private readonly ConcurrentDictionary<UpstreamCall, CallPlace> _places = new();
    private readonly ConcurrentDictionary<UpstreamCall, Activity>? _spans = Spans.Recorded is null ? null : new();

    public async Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        if (_spans is not null && StepSpan.Start(plan, call) is { } span)
        {
            _spans[call] = span;
        }

        var target = targets[call.Step.Id];
        Acquire(call, target.Guard);
        if (target.Limiter is { } limiter)
        {
            await EnterAsync(call, limiter, cancellationToken);
        }

        var destination = shared.Pick(context, target).Model.Config;
        var cluster = target.Model;
        using var request = CreateRequest(call.Step, UpstreamUri.Join(destination.Address, call.Path), cluster.Config.HttpRequest);
        request.Headers.Host = destination.Host;
        try
        {
            var answer = await cluster.HttpClient.SendAsync(request, cancellationToken);
            shared.Reachability.Learn(destination.Address, answered: true, CallCause.None);
            if (_guarded.TryGetValue(call, out var guarded))
            {
                guarded.HeadersArrived(answer);
            }

            return answer;
        }
        catch (HttpRequestException e)
        {
            shared.Reachability.Learn(destination.Address, answered: false, UpstreamVerdict.CauseOf(e));
            throw;
        }
    }

    public void Finished(UpstreamCall call, PartResult result)
    {
        _guarded.TryRemove(call, out var guarded);
        var limiter = targets[call.Step.Id].Limiter;
        var hasPlace = _places.TryRemove(call, out var place) || limiter is null;
        place?.Dispose();
        var verdict = UpstreamVerdict.Of(result, guarded?.FailureStatuses ?? StatusSet.ServerErrors);
        if (!hasPlace && result.Outcome == PartOutcome.Timeout)
        {
            // Its time ran out in the queue: no failure of an upstream that never saw it.
            limiter!.Refuse();
            verdict = UpstreamVerdict.NotAttempted;
        }

        guarded?.Finish(verdict);
        shared.AggregationMetrics.PartFinished(plan.Name, call.Step.Id, result.Outcome);
        if (_spans is not null && _spans.TryRemove(call, out var span))
        {
            StepSpan.Finish(span, result);
        }

        if (hasPlace && verdict.Outcome != CallOutcome.NotAttempted)
        {
            shared.UpstreamMetrics.CallFinished(plan.Name, call.Step.Cluster, HttpMethods.Get, verdict, result.Duration - (place?.Waited ?? TimeSpan.Zero));
        }
    }

    private void Acquire(UpstreamCall call, Guard? guard)
    {
        if (guard is null)
        {
            return;
        }

        if (!guard.Breaker.TryAcquire(out var permit, out var rejection))
        {
            BreakerEvents.Rejected(guard.Breaker.Name, rejection);
            throw new UpstreamUnavailableException($"Circuit {guard.Breaker.Name} is open.") { RetryAfter = rejection.RetryAfter };
        }

        _guarded[call] = new GuardedCall(guard, permit, shared.Time);
    }

    private async ValueTask EnterAsync(UpstreamCall call, CallLimiter limiter, CancellationToken cancellationToken)
    {
        _places[call] = await limiter.EnterAsync(cancellationToken)
            ?? throw new UpstreamUnavailableException($"Cluster {limiter.Name} has no place.") { RetryAfter = limiter.Plan.QueueTimeout };
        if (_guarded.TryGetValue(call, out var guarded))
        {
            guarded.Begin();
        }
    }

    private HttpRequestMessage CreateRequest(StepPlan step, Uri uri, ForwarderRequestConfig? config)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri)
        {
            Version = config?.Version ?? HttpVersion.Version20,
            VersionPolicy = config?.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation(RequestRecord.CorrelationHeader, _correlationId);
        Pass("Accept-Language");
        foreach (var header in step.Headers)
        {
            Pass(header);
        }

        ForwardedFor.Set(request.Headers, context);
        return request;

        void Pass(string header)
        {
            if (context.Request.Headers.TryGetValue(header, out var values))
            {
                request.Headers.TryAddWithoutValidation(header, (IEnumerable<string?>)values);
            }
        }
    }
}
