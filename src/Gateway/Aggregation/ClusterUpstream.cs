using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.ClientAddress;
using EventGateway.Gateway.Http1;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry.Tracing;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Aggregation;

/// <summary>
/// The aggregator's way to the upstreams of one request: YARP's clusters, with their addresses, health, load balancing and
/// connections, so that one edit moves routes and aggregations alike.
/// </summary>
/// <param name="shared">What the upstreams of all requests have in common.</param>
/// <param name="context">The request.</param>
/// <param name="plan">What it is answered with.</param>
/// <param name="targets">Where its calls go.</param>
/// <param name="isDetached">Whether this is the way of one shared call, whose parts the requests count that wait for it.</param>
internal sealed class ClusterUpstream(
    ClusterUpstreams shared, HttpContext context, AggregationPlan plan, IReadOnlyList<StepTarget> targets, bool isDetached = false)
    : IUpstream
{
    private readonly RequestRecord _record = RequestRecord.Of(context);
    private readonly ConcurrentDictionary<UpstreamCall, (Activity Span, ClusterUpstream? Joined)>? _spans = Spans.Recorded is null ? null : new();
    private volatile StepRequest? _requests;     // the latest one, which knows those before it
    private string? _answered;                   // address of the last call that had an answer; by Interlocked
    private volatile Activity? _detachedSpan;   // that of the one call

    /// <summary>
    /// A call that waits for nothing but its answer is the client's own task: one around it would be 0.2 kB of each call, and a twentieth of its time.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        var target = targets[call.Step.Index];
        var retried = shared.Retrying.Begin(_record);
        return retried is null && target.Limiter is null && _spans is null
            ? SendAsync(call, Begin(call, target), target, shared.Pick(context, target, target.Available), cancellationToken)
            : AttemptAsync(call, target, retried, cancellationToken);
    }

    public void Answered(UpstreamCall call, HttpResponseMessage answer)
    {
        var attempt = (Attempt)call.State!;
        if (attempt.TryAnswer())
        {
            if (Interlocked.Exchange(ref _answered, attempt.Address) != attempt.Address)
            {
                shared.Reachability.Learn(attempt.Address!, answered: true, CallCause.None);   // once a request, or as often as it goes elsewhere
            }

            attempt.Guarded?.HeadersArrived(answer);
        }
    }

    // An attempt and all that it waits for are one method on purpose: with three, one in the other, each call allocated 0.4 kB more.
    private async Task<HttpResponseMessage> AttemptAsync(UpstreamCall call, StepTarget target, RetriedCall? retried, CancellationToken cancellationToken)
    {
        if (_spans is not null && StepSpan.Start(plan, call) is { } span)
        {
            _spans[call] = (span, null);
            _detachedSpan = isDetached ? span : null;
        }

        while (true)
        {
            var attempt = Begin(call, target);
            if (target.Limiter is { } limiter)
            {
                attempt.Place = await limiter.EnterAsync(cancellationToken)
                    ?? throw new UpstreamUnavailableException($"Cluster {limiter.Name} has no place.") { RetryAfter = limiter.Plan.QueueTimeout };
                attempt.Guarded?.Begin();
            }

            var destination = shared.Pick(context, target, retried?.Others(target.Available) ?? target.Available);
            attempt.Sent = shared.Time.GetTimestamp();
            try
            {
                var answer = await SendAsync(call, attempt, target, destination, cancellationToken);
                Answered(call, answer);
                if (retried is null || cancellationToken.IsCancellationRequested || !retried.TryAfter(answer, target.Guard))
                {
                    return answer;
                }

                Conclude(call, attempt, answer);
            }
            catch (HttpRequestException e)
            {
                var verdict = new Verdict(CallOutcome.Failure, UpstreamVerdict.CauseOf(e));
                if (retried is null || cancellationToken.IsCancellationRequested)
                {
                    throw;
                }

                attempt.Guarded?.Finish(verdict);   // before its breaker is asked
                if (!retried.TryAfter(verdict.Cause, target.Guard))
                {
                    throw;
                }

                Conclude(call, attempt, verdict);
            }

            call.State = null;
            retried.Tried(destination);
            await retried.WaitAsync(cancellationToken);
        }
    }

    public void Finished(UpstreamCall call, PartResult result)
    {
        if (call.State is Attempt attempt)
        {
            var verdict = UpstreamVerdict.Of(result, attempt.FailureStatuses);
            if (attempt.Address is null && result.Outcome == PartOutcome.Timeout)
            {
                // Its time ran out in the queue: no failure of an upstream that never saw it.
                targets[call.Step.Index].Limiter!.Refuse();
                verdict = UpstreamVerdict.NotAttempted;
            }

            Conclude(call, attempt, verdict, result.Duration);
            if (result.Outcome == PartOutcome.Success && attempt.Message is { } message)
            {
                attempt.Message = null;
                CallMessages.Return(message);
            }
        }

        if (!isDetached && result.Outcome == PartOutcome.Success)
        {
            targets[call.Step.Index].Successes?.Add(1);
        }
        else if (!isDetached)
        {
            shared.AggregationMetrics.PartFinished(plan.Name, call.Step.Id, result.Outcome);
        }

        if (_spans is not null && _spans.TryRemove(call, out var of))
        {
            if (of.Joined is { } joined)
            {
                StepSpan.Share(of.Span, joined._detachedSpan);
            }

            StepSpan.Finish(of.Span, result);
        }
    }

    public UInt128 CallerOf(StepPlan step) => SharedRequest.KeyOf(context, step);

    public IUpstream Detach(StepPlan step) => new ClusterUpstream(shared, SharedRequest.Detach(context, step), plan, targets, isDetached: true);

    public void Joined(UpstreamCall call, IUpstream way)
    {
        shared.AggregationMetrics.CallShared(plan.Name, call.Step.Id);
        _record.CountSharedCall();
        if (_spans is not null && StepSpan.Start(plan, call) is { } span)
        {
            _spans[call] = (span, (ClusterUpstream)way);
        }
    }

    // Its answer isn't the one to take.
    private void Conclude(UpstreamCall call, Attempt attempt, HttpResponseMessage answer)
    {
        var result = new PartResult(PartOutcome.BadStatus, (int)answer.StatusCode, default, null);
        answer.Dispose();
        Conclude(call, attempt, UpstreamVerdict.Of(result, attempt.FailureStatuses));
    }

    private void Conclude(UpstreamCall call, Attempt attempt, Verdict verdict, TimeSpan ofCall = default)
    {
        attempt.Place?.Dispose();
        attempt.Guarded?.Finish(verdict);
        if (attempt.Address is { } address)
        {
            shared.Reachability.Learn(address, answered: false, verdict.Cause);
            _answered = verdict.Cause == CallCause.Connect ? null : _answered;   // the next answer is news
        }

        if (attempt.Address is not null && verdict.Outcome != CallOutcome.NotAttempted)
        {
            var took = attempt.Sent is { } sent ? shared.Time.GetElapsedTime(sent) : ofCall;
            shared.UpstreamMetrics.CallFinished(plan.Name, call.Step.Cluster, HttpMethods.Get, verdict, took);
        }
    }

    private Attempt Begin(UpstreamCall call, StepTarget target)
    {
        var attempt = new Attempt(target.Guard is { } guard ? Acquire(guard) : null);
        call.State = attempt;
        return attempt;
    }

    private GuardedCall Acquire(Guard guard)
    {
        if (!guard.Breaker.TryAcquire(out var permit, out var rejection))
        {
            BreakerEvents.Rejected(guard.Breaker.Name, rejection);
            throw new UpstreamUnavailableException($"Circuit {guard.Breaker.Name} is open.") { RetryAfter = rejection.RetryAfter };
        }

        return new GuardedCall(guard, permit, shared.Time, _record);
    }

    private Task<HttpResponseMessage> SendAsync(
        UpstreamCall call, Attempt attempt, StepTarget target, DestinationState destination, CancellationToken cancellationToken)
    {
        attempt.Address = destination.Model.Config.Address;
        var request = RequestTo(destination, call.Step, target);
        if (request.Origin is { } origin)
        {
            return origin.GetAsync(call.PathBehind(origin.Path), request.Fields, cancellationToken);
        }

        var config = target.Model.Config.HttpRequest;
        var message = CallMessages.Rent(config?.Version ?? HttpVersion.Version20, config?.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower);
        attempt.Message = message;
        message.RequestUri = UpstreamUri.Of(call.PathBehind(attempt.Address.TrimEnd('/')));
        message.Headers.Host = destination.Model.Config.Host;
        foreach (var (name, values) in request.Headers)
        {
            message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return target.Model.HttpClient.SendAsync(message, cancellationToken);
    }

    /// <summary>Headers of the client's request that an aggregation's answer may depend on.</summary>
    public static IEnumerable<string> HeadersOf(AggregationOptions aggregation) =>
        aggregation.Steps.SelectMany(step => step.Headers).Prepend(HeaderNames.AcceptLanguage);

    /// <summary>Those that are passed on with the calls of one step.</summary>
    public static IEnumerable<string> HeadersOf(StepPlan step) => step.Headers.Prepend(HeaderNames.AcceptLanguage);

    /// <summary>Whether what the upstreams of an aggregation see under this name depends on the client's request: the other headers of a call are always the same.</summary>
    public static bool DependsOnClient(AggregationPlan plan, string header) =>
        ForeignHeaders.IsMade(header)
        || header.Equals(HeaderNames.AcceptLanguage, StringComparison.OrdinalIgnoreCase)
        || plan.Steps.Any(step => step.Headers.Contains(header, StringComparer.OrdinalIgnoreCase));

    // Mostly the same for every call of a step, and of steps that pass the same headers on to the same destination.
    private StepRequest RequestTo(DestinationState destination, StepPlan step, StepTarget target)
    {
        for (var known = _requests; known is not null; known = known.Before)
        {
            if (known.Destination == destination
                && (known.Step == step || (known.Step.Headers.Count == step.Headers.Count && known.Step.Headers.SequenceEqual(step.Headers))))
            {
                return known;
            }
        }

        var headers = HeadersFor(step);
        var config = destination.Model.Config;
        var origin = Activity.Current is null ? shared.Http1.Find(target.Model.Config, config.Address) : null;   // .NET's client tells the upstream of a span
        return _requests = new(step, destination, headers, origin, origin is null ? default : Http1Request.FieldsOf(config.Host ?? origin.Host, headers), _requests);
    }

    private HeaderDictionary HeadersFor(StepPlan step)
    {
        var headers = new HeaderDictionary
        {
            [HeaderNames.Accept] = "application/json",
            [RequestRecord.CorrelationHeader] = _record.CorrelationId,
        };
        headers.Pass(context.Request.Headers, HeaderNames.AcceptLanguage);
        foreach (var header in step.Headers)
        {
            headers.Pass(context.Request.Headers, header);
        }

        TraceContext.Pass(headers, context.Request.Headers, _record.TraceParent);
        ForwardedFor.Set(headers, context);
        return headers;
    }

    private sealed record StepRequest(
        StepPlan Step, DestinationState Destination, HeaderDictionary Headers, Http1Origin? Origin, ReadOnlyMemory<byte> Fields, StepRequest? Before);
}
