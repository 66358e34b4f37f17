using System.Collections.Concurrent;
using System.Net;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using UpstreamCall = EventGateway.Aggregator.UpstreamCall;

namespace EventGateway.Gateway.Aggregation;

/// <summary>
/// The aggregator's way to the upstreams of one request: YARP's clusters, with their addresses, health, load balancing and
/// connections, so that one edit moves routes and aggregations alike.
/// </summary>
internal sealed class ClusterUpstream(
    ClusterUpstreams shared, HttpContext context, AggregationPlan plan, IReadOnlyDictionary<string, ClusterState> clusters) : IUpstream
{
    // Each id has been encoded as one segment; Uri must not think of something better.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _correlationId = RequestRecord.Of(context).CorrelationId;
    private readonly ConcurrentDictionary<UpstreamCall, GuardedCall> _guarded = new();

    public async Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        var cluster = clusters[call.Step.Cluster];
        Acquire(call);
        var destination = shared.Pick(context, cluster).Model.Config;
        using var request = CreateRequest(call.Step, new Uri($"{destination.Address.AsSpan().TrimEnd('/')}{call.Path}", AsWritten), cluster.Model.Config.HttpRequest);
        request.Headers.Host = destination.Host;
        try
        {
            var answer = await cluster.Model.HttpClient.SendAsync(request, cancellationToken);
            shared.Reachability.Learn(destination.Address, answered: true, CallCause.None);
            if (_guarded.TryGetValue(call, out var guarded))
            {
                guarded.HeadersArrived((int)answer.StatusCode, CircuitBreakerTransform.RetryAfterOf(answer, shared.Time));
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
        var verdict = VerdictOf(result);
        shared.AggregationMetrics.PartFinished(plan.Name, call.Step.Id, result.Outcome);
        if (verdict.Outcome != CallOutcome.NotAttempted)
        {
            shared.UpstreamMetrics.CallFinished(plan.Name, call.Step.Cluster, HttpMethods.Get, verdict, result.Duration);
        }

        if (_guarded.TryRemove(call, out var guarded))
        {
            guarded.Finish(verdict);
        }
    }

    private void Acquire(UpstreamCall call)
    {
        if (call.Step.CircuitBreaker is not { } name)
        {
            return;
        }

        var guard = shared.Breakers[name];
        if (!guard.Breaker.TryAcquire(out var permit, out var rejection))
        {
            throw new UpstreamUnavailableException($"Circuit {name} is open.") { RetryAfter = rejection.RetryAfter };
        }

        _guarded[call] = new GuardedCall(guard, permit, shared.Time);
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

        return request;

        void Pass(string header)
        {
            if (context.Request.Headers.TryGetValue(header, out var values))
            {
                request.Headers.TryAddWithoutValidation(header, (IEnumerable<string?>)values);
            }
        }
    }

    private static Verdict VerdictOf(PartResult result) => result.Outcome switch
    {
        PartOutcome.Success or PartOutcome.NotFound => new(CallOutcome.Success, CallCause.None),
        PartOutcome.BadStatus => StatusSet.ServerErrors.Contains(result.Status ?? 0)
            ? new(CallOutcome.Failure, CallCause.Status5xx)
            : new(CallOutcome.Success, CallCause.None),
        PartOutcome.Connect => new(CallOutcome.Failure, CallCause.Connect),
        PartOutcome.Transport => new(CallOutcome.Failure, CallCause.Transport),
        PartOutcome.Timeout => new(CallOutcome.Failure, CallCause.Timeout),
        PartOutcome.Body => new(CallOutcome.Failure, CallCause.Body),
        PartOutcome.Cancelled => new(CallOutcome.Ignored, CallCause.ClientAbort),
        PartOutcome.Unavailable => new(CallOutcome.NotAttempted, CallCause.Local),
        _ => new(CallOutcome.Failure, CallCause.BadResponse),   // it answered, with something that is no part of an answer
    };
}
