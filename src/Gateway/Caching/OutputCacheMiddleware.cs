using System.Collections.Concurrent;
using System.Globalization;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// Answers from what is kept, or has one request of those that ask the same go on and keeps its answer. It stands behind all that says who
/// may have the answer, and before all that costs the upstream something.
/// </summary>
internal sealed class OutputCacheMiddleware(RequestDelegate next, AnswerStore store, OutputCacheMetrics metrics, TimeProvider time)
{
    /// <summary>Failures of the upstream after which those that wait are told so, instead of trying one after the other.</summary>
    private const int FailuresToWaitFor = 2;

    // One table for each place in the pipelines: no key is of both a route and an aggregation.
    private readonly ConcurrentDictionary<UInt128, Flight> _flights = new();

    public Task InvokeAsync(HttpContext context)
    {
        var record = RequestRecord.Of(context);
        if (record.Policies.OutputCache is not { } plan)
        {
            return next(context);
        }

        return HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? MayServe(context.Request) ? ServeAsync(context, new(record, plan, store.Purges)) : PassAsync(context, record, CacheStatus.Bypass)
            : PassAsync(context, record, CacheStatus.Method);
    }

    // A part of an answer, a condition that an upstream has to judge, a WebSocket, a question with a body: none of these is what others ask.
    private static bool MayServe(HttpRequest request) =>
        request.Headers.Range.Count == 0
        && request.Headers.IfMatch.Count == 0
        && request.Headers.IfUnmodifiedSince.Count == 0
        && request.Headers.Upgrade.Count == 0
        && request.Headers.TransferEncoding.Count == 0
        && request.ContentLength is null or 0;

    private async Task ServeAsync(HttpContext context, Question question)
    {
        var withCredentials = Caller.HasCredentials(context);
        var headers = context.Request.Headers;
        var primary = CacheKey.Of(context, question.Plan, withCredentials);
        for (var failures = 0; ;)
        {
            var (key, entry) = Find(primary, headers);
            if (entry is { IsPass: true })
            {
                await PassAsync(context, question.Record, CacheStatus.Bypass);
                return;
            }

            if (entry?.Answer is { IsFresh: true } answer)
            {
                await AnswerAsync(context, question, answer, CacheResult.Hit, CacheStatus.Hit(answer));
                return;
            }

            var call = new Call(primary, key, entry?.Answer, withCredentials);
            if (HttpMethods.IsHead(context.Request.Method))
            {
                await CallAsync(context, question, call, flight: null);
                return;
            }

            var flight = Flight.Join(_flights, key, out var leads);
            if (leads)
            {
                // Another may have come and gone since the look.
                if (Find(primary, headers).Entry?.Answer is { IsFresh: true } found)
                {
                    flight.End(new(FlightOutcome.Stored, found));
                    await AnswerAsync(context, question, found, CacheResult.Hit, CacheStatus.Hit(found));
                }
                else
                {
                    await CallAsync(context, question, call, flight);
                }

                return;
            }

            if (await WaitAsync(context, flight) is not { } end)
            {
                if (question.Record.ClientGone.IsCancellationRequested)
                {
                    question.Record.Cause = CallCause.ClientAbort.ToLabel();
                    context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
                    return;
                }

                end = new(FlightOutcome.Failed, Status: StatusCodes.Status504GatewayTimeout);   // the route's whole time was spent on waiting
                failures = FailuresToWaitFor;
            }

            switch (end.Outcome)
            {
                case FlightOutcome.Stored when Fits(end.Answer!, primary, headers):
                    await AnswerAsync(context, question, end.Answer!, CacheResult.Hit, CacheStatus.Collapsed(end.Answer!));
                    return;
                case FlightOutcome.Uncacheable:
                    await PassAsync(context, question.Record, CacheStatus.Bypass);
                    return;
                case FlightOutcome.Failed when call.Stale is { MayServeStale: true } stale:
                    question.Record.Cause = UpstreamError(end).Code;
                    await AnswerAsync(context, question, stale, CacheResult.Stale, CacheStatus.Stale(stale, 0));
                    return;
                case FlightOutcome.Failed when ++failures >= FailuresToWaitFor:
                    Note(question.Record, CacheResult.Miss);
                    await context.WriteErrorAsync(UpstreamError(end));
                    return;
            }
        }
    }

    private (UInt128 Key, CacheEntry? Entry) Find(UInt128 primary, IHeaderDictionary headers)
    {
        var entry = store.Find(primary);
        if (entry?.VaryBy is not { } names)
        {
            return (primary, entry);
        }

        var key = CacheKey.With(primary, names, headers);
        return (key, store.Find(key));
    }

    private static UInt128 KeyOf(UInt128 primary, IReadOnlyList<string> varyBy, IHeaderDictionary headers) =>
        varyBy.Count == 0 ? primary : CacheKey.With(primary, varyBy, headers);

    private static bool Fits(StoredAnswer answer, UInt128 primary, IHeaderDictionary headers) => answer.Key == KeyOf(primary, answer.VaryBy, headers);

    private static GatewayError UpstreamError(FlightEnd end) =>
        end.Status == StatusCodes.Status504GatewayTimeout ? GatewayError.GatewayTimeout : GatewayError.BadGateway;

    // Null: this request is over.
    private static async ValueTask<FlightEnd?> WaitAsync(HttpContext context, Flight flight)
    {
        try
        {
            return await flight.Ended.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task PassAsync(HttpContext context, RequestRecord record, string status)
    {
        Note(record, CacheResult.Bypass);
        Announce(context.Response, () => status);
        await next(context);
    }

    private async Task CallAsync(HttpContext context, Question question, Call call, Flight? flight)
    {
        var response = context.Response;
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var mine = response.Headers.ToArray();   // what stands there before belongs to this request
        var conditions = Conditions.Of(context.Request);
        Conditions.TakeFrom(context.Request);
        Storage? storage = null;
        ITimer? patience = null;
        KeyValuePair<string, StringValues>[] headers = [];
        var status = CacheStatus.Miss;
        Announce(response, () => status);

        var capture = new AnswerCapture(client.Stream, Decide, () => LetPass(flight, question, call), question.Plan.Options.MaxBodySize);
        response.Body = capture;
        StoredAnswer? kept = null;
        try
        {
            await next(context);
            capture.Decide();
            kept = Keep();
        }
        catch (Exception e) when (e is OperationCanceledException or UpstreamUnavailableException && MayServeStale(context, question, call))
        {
            capture.Drop();
        }
        finally
        {
            context.Features.Set(client);
            if (patience is not null)
            {
                await patience.DisposeAsync();
            }

            // Has no effect where it has ended before.
            flight?.End(
                kept is not null ? new(FlightOutcome.Stored, kept)
                : question.Record.ClientGone.IsCancellationRequested ? new(FlightOutcome.Abandoned)
                : new(FlightOutcome.Failed, Status: response.StatusCode));
        }

        if (kept is not null)
        {
            status = CacheStatus.Stored;
        }

        if (capture.Fate == Fate.Dropped)
        {
            status = CacheStatus.Stale(call.Stale!, context.Features.Get<ProxiedCall>()?.Status ?? 0);
            Begin(response, mine);
            Note(question.Record, CacheResult.Stale);
            await WriteAsync(context, question.Record, call.Stale!, conditions, withAge: true);
            return;
        }

        Note(question.Record, CacheResult.Miss);
        if (capture.Fate == Fate.Held && kept is not null)
        {
            Begin(response, mine);
            await WriteAsync(context, question.Record, kept, conditions, withAge: kept.Age >= TimeSpan.FromSeconds(1));
        }
        else if (capture.Fate == Fate.Held && response.StatusCode == StatusCodes.Status200OK)
        {
            await response.Body.WriteAsync(capture.Kept, question.Record.ClientGone);   // whatever it is, it is no less than came
        }

        Fate Decide()
        {
            if (StatusOfFailure(context) is { } failure)
            {
                if (MayServeStale(context, question, call))
                {
                    return Fate.Dropped;
                }

                // What the gateway refuses by itself costs the others nothing, and says more to each of them.
                var local = failure == StatusCodes.Status503ServiceUnavailable && context.Features.Get<ProxiedCall>()?.Status is null;
                flight?.End(new(local ? FlightOutcome.Uncacheable : FlightOutcome.Failed, Status: failure));
                return Fate.Passed;
            }

            // The status of a call that was given up because its client left says nothing about others.
            if (flight is null || question.Record.ClientGone.IsCancellationRequested || context.Features.Get<IForwarderErrorFeature>() is not null)
            {
                return Fate.Passed;
            }

            storage = StorageRules.Judge(response, question.Plan, call.WithCredentials, time.GetUtcNow());
            if (storage is null)
            {
                LetPass(flight, question, call);
                return Fate.Passed;
            }

            headers = [.. response.Headers.Where(header => IsKept(header.Key) && !Array.Exists(mine, m => m.Key.Equals(header.Key, StringComparison.OrdinalIgnoreCase)))];
            if (response.ContentLength is not null)
            {
                return Fate.Held;
            }

            // It may be one that never ends: the others don't wait for that.
            patience = time.CreateTimer(static state => ((Flight)state!).End(new(FlightOutcome.Uncacheable)), flight, StreamPatience, Timeout.InfiniteTimeSpan);
            return Fate.Streamed;
        }

        StoredAnswer? Keep()
        {
            var isWhole = storage is not null
                && capture.Fate is Fate.Held or Fate.Streamed
                && response.StatusCode == StatusCodes.Status200OK
                && context.Features.Get<IForwarderErrorFeature>() is null
                && (response.ContentLength ?? capture.Kept.Length) == capture.Kept.Length;
            if (!isWhole)
            {
                if (capture.Fate == Fate.Held && MayServeStale(context, question, call))
                {
                    capture.Drop();
                }

                return null;
            }

            var answer = new StoredAnswer(
                storage!, KeyOf(call.Primary, storage!.VaryBy, context.Request.Headers), headers, capture.Kept.ToArray(), time);
            store.Keep(call.Primary, answer, question.Record.Route, question.Plan, question.Purges);
            return answer;
        }
    }

    private static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(1);

    // A call that ran out of time has the status of one whose client left: YARP can't tell them apart, the verdict can.
    private static int? StatusOfFailure(HttpContext context) =>
        context.Response.StatusCode >= StatusCodes.Status500InternalServerError ? context.Response.StatusCode
        : context.Features.Get<IForwarderErrorFeature>() is not null && context.Features.Get<ProxiedCall>()?.Verdict is { Outcome: CallOutcome.Failure } verdict
            ? verdict.Cause == CallCause.Timeout ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway
        : null;

    private static bool MayServeStale(HttpContext context, Question question, Call call) =>
        call.Stale is { MayServeStale: true } && !context.Response.HasStarted && !question.Record.ClientGone.IsCancellationRequested;

    private void LetPass(Flight? flight, Question question, Call call)
    {
        store.LetPass(call.Key, question.Record.Route, question.Plan, question.Purges);
        flight?.End(new(FlightOutcome.Uncacheable));
    }

    // These are of the message on its way, not of the answer.
    private static bool IsKept(string header) =>
        header != HeaderNames.ContentLength && header != HeaderNames.TransferEncoding && header != HeaderNames.Connection
        && header != HeaderNames.KeepAlive && header != HeaderNames.Upgrade && header != HeaderNames.Age && header != RequestRecord.CorrelationHeader;

    private Task AnswerAsync(HttpContext context, Question question, StoredAnswer answer, CacheResult result, string status)
    {
        Note(question.Record, result);
        Announce(context.Response, () => status);
        return WriteAsync(context, question.Record, answer, Conditions.Of(context.Request), withAge: true);
    }

    private static void Begin(HttpResponse response, KeyValuePair<string, StringValues>[] headers)
    {
        response.Clear();
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = value;
        }
    }

    private static async Task WriteAsync(HttpContext context, RequestRecord record, StoredAnswer answer, Conditions conditions, bool withAge)
    {
        var response = context.Response;
        var isKnown = conditions.AreMetBy(answer);
        foreach (var (name, value) in answer.Headers)
        {
            if (!isKnown || IsOfNotModified(name))
            {
                response.Headers[name] = value;
            }
        }

        if (withAge)
        {
            response.Headers.Age = ((long)answer.Age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        response.StatusCode = isKnown ? StatusCodes.Status304NotModified : StatusCodes.Status200OK;
        if (!isKnown)
        {
            response.ContentLength = answer.Body.Length;
            if (answer.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(answer.Body, record.ClientGone);
                return;
            }
        }

        await response.StartAsync(record.ClientGone);
    }

    // RFC 9110 §15.4.5, and what is about the caching itself.
    private static bool IsOfNotModified(string name) =>
        name == HeaderNames.CacheControl || name == HeaderNames.ContentLocation || name == HeaderNames.Date || name == HeaderNames.ETag
        || name == HeaderNames.Expires || name == HeaderNames.Vary || name == HeaderNames.LastModified || name == CacheStatus.Header;

    // Errors clear the headers that were set before: it is added when the answer begins.
    private static void Announce(HttpResponse response, Func<string> status) => response.OnStarting(() =>
    {
        response.Headers.Append(CacheStatus.Header, status());
        return Task.CompletedTask;
    });

    private void Note(RequestRecord record, CacheResult result)
    {
        record.Cache = result;
        metrics.Served(record.Route, result);
    }

    private sealed record Question(RequestRecord Record, OutputCachePlan Plan, long Purges);

    private sealed record Call(UInt128 Primary, UInt128 Key, StoredAnswer? Stale, bool WithCredentials);
}
