using System.Collections.Concurrent;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// Answers from what is kept, or has one request of those that ask the same go on and keeps its answer. It stands behind all that says who
/// may have the answer, and before all that costs the upstream something.
/// </summary>
internal sealed class OutputCacheMiddleware
{
    /// <summary>Failures of the upstream after which those that wait are told so, instead of trying one after the other.</summary>
    private const int FailuresToWaitFor = 2;

    /// <summary>
    /// Client errors of others after which those that wait ask by themselves: they may be due to what is asked for. A client who wants that for the
    /// others has to be the one that tries as many times in a row.
    /// </summary>
    private const int RefusalsToWaitFor = 3;

    /// <summary>How long nobody waits for answers that can't be kept, unless one comes that can.</summary>
    internal static readonly TimeSpan PassMemory = TimeSpan.FromSeconds(10);

    // One table for each place in the pipelines: no key is of both a route and an aggregation.
    private readonly ConcurrentDictionary<FlightKey, Flight> _flights = new();

    private readonly RequestDelegate _next;
    private readonly AnswerStore _store;
    private readonly OutputCacheMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Func<object, Task> _invalidate;   // one delegate for all requests

    public OutputCacheMiddleware(RequestDelegate next, AnswerStore store, OutputCacheMetrics metrics, TimeProvider time)
    {
        _next = next;
        _store = store;
        _metrics = metrics;
        _time = time;
        _invalidate = Invalidate;
    }

    public Task InvokeAsync(HttpContext context)
    {
        InvalidateByWrites(context);
        var record = RequestRecord.Of(context);
        if (record.Policies.OutputCache is not { } plan)
        {
            return _next(context);
        }

        return !IsRead(context.Request.Method) ? PassAsync(context, record, CacheStatus.Method)
            : MayServe(context.Request) ? ServeAsync(new Question(context, plan))
            : PassAsync(context, record, CacheStatus.Bypass);
    }

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    // RFC 9111 §4.4. Before the client has its answer: what it then asks for must not be what was before.
    private void InvalidateByWrites(HttpContext context)
    {
        var method = context.Request.Method;
        if (_store.IsUsed && !IsRead(method) && !HttpMethods.IsOptions(method) && !HttpMethods.IsTrace(method))
        {
            context.Response.OnStarting(_invalidate, context);
        }
    }

    private Task Invalidate(object state)
    {
        var context = (HttpContext)state;
        if (context.Response.StatusCode is >= StatusCodes.Status200OK and < StatusCodes.Status400BadRequest)
        {
            _store.Invalidate(CacheKey.OfTarget(context.Request));
        }

        return Task.CompletedTask;
    }

    // A part of an answer, a condition that an upstream has to judge, a WebSocket, a question with a body, and one of which the upstream is shown less
    // than the key is made of: none of these is what others ask.
    private static bool MayServe(HttpRequest request) =>
        request.Headers.Range.Count == 0
        && request.Headers.IfMatch.Count == 0
        && request.Headers.IfUnmodifiedSince.Count == 0
        && request.Headers.Upgrade.Count == 0
        && request.Headers.TransferEncoding.Count == 0
        && NamesNothingElse(request.Headers.Connection)
        && request.ContentLength is null or 0;

    // What else it names goes no further (RFC 9110 §7.6.1).
    private static bool NamesNothingElse(StringValues connection)
    {
        foreach (var option in connection)
        {
            if (!"keep-alive".Equals(option, StringComparison.OrdinalIgnoreCase) && !"close".Equals(option, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private Task ServeAsync(Question question)
    {
        var primary = CacheKey.Of(question);
        return Find(primary, question.Headers).Fresh is { } fresh
            ? AnswerAsync(question, fresh, CacheResult.Hit, CacheStatus.Hit(fresh))   // most requests end here
            : ServeAsync(question, primary);
    }

    private async Task ServeAsync(Question question, UInt128 primary)
    {
        var target = CacheKey.OfTarget(question.Context.Request);
        for (var (failures, refusals, joinsGet) = (0, 0, question.IsHead); ; joinsGet = false)
        {
            var source = new EntrySource(question.Record.Route, question.Plan, target, _store.StampOf(target));
            var place = Find(primary, question.Headers);
            var known = place.Entry?.Answer;
            var flight = joinsGet ? _flights.GetValueOrDefault(new(place.Key, source.Stamp)) : null;
            if (question.IsHead && place.Fresh is null && flight is null)
            {
                // Nobody asks for what serves GET and HEAD.
                place = Find(CacheKey.OfHead(primary), question.Headers);
                known ??= place.Entry?.Answer;
            }

            if (place.Fresh is { } fresh)
            {
                await AnswerAsync(question, fresh, CacheResult.Hit, CacheStatus.Hit(fresh));
                return;
            }

            var joinedGet = flight is not null;
            if (!joinedGet && place.Entry is { IsPass: true })
            {
                await AskAsync(question, place, known, flight: null, source);
                return;
            }

            var leads = false;
            flight ??= Flight.Join(_flights, new(place.Key, source.Stamp), out leads);
            if (leads)
            {
                await LeadAsync(question, place, known, flight, source);
                return;
            }

            if (await WaitAsync(question, flight) is not { } end)
            {
                return;
            }

            switch (end.Outcome)
            {
                case FlightOutcome.Stored when end.Answer!.Key == CacheKey.With(place.Primary, end.Answer.VaryBy, question.Headers):
                    await AnswerAsync(question, end.Answer, CacheResult.Hit, CacheStatus.Collapsed(end.Answer));
                    return;
                case not FlightOutcome.Stored when joinedGet && !question.Context.RequestAborted.IsCancellationRequested:
                    break;   // it says less about HEAD
                case FlightOutcome.Refused when ++refusals >= RefusalsToWaitFor:
                    _store.LetPass(place.Key, source, PassMemory);
                    await AskAsync(question, place, known, flight: null, source);
                    return;
                case FlightOutcome.Uncacheable:
                    await AskAsync(question, place, known, flight: null, source);
                    return;
                case FlightOutcome.Failed when known is { MayServeStale: true }:
                    question.Record.Cause = end.Failure!.ToError().Code;
                    await AnswerAsync(question, known, CacheResult.Stale, CacheStatus.Stale(known, end.Failure.Said ?? 0));
                    return;
                case FlightOutcome.Failed when ++failures >= FailuresToWaitFor || question.Context.RequestAborted.IsCancellationRequested:
                    _metrics.Served(question.Record, CacheResult.Miss);
                    AnswerWriter.Announce(question.Context.Response, () => CacheStatus.Failed(end.Failure!.Said));
                    await question.Context.WriteErrorAsync(end.Failure!.ToError());
                    return;
            }
        }
    }

    private Task LeadAsync(Question question, Place place, StoredAnswer? known, Flight flight, EntrySource source)
    {
        // Another may have come and gone since the look.
        if (Find(place.Primary, question.Headers).Fresh is not { } fresh)
        {
            return AskAsync(question, place, known, flight, source);
        }

        flight.End(new(FlightOutcome.Stored, fresh));
        return AnswerAsync(question, fresh, CacheResult.Hit, CacheStatus.Hit(fresh));
    }

    private Place Find(UInt128 primary, IHeaderDictionary headers)
    {
        var entry = _store.Find(primary);
        if (entry?.VaryBy is not { } names)
        {
            return new(primary, primary, entry);
        }

        var key = CacheKey.With(primary, names, headers);
        return new(primary, key, _store.Find(key));
    }

    // Null where the client has left.
    private async ValueTask<FlightEnd?> WaitAsync(Question question, Flight flight)
    {
        _metrics.Waits(question.Record);
        try
        {
            return await flight.Ended.WaitAsync(question.Context.RequestAborted);
        }
        catch (OperationCanceledException) when (!question.Record.ClientGone.IsCancellationRequested)
        {
            // The route's whole time was spent on waiting.
            return new(FlightOutcome.Failed, Failure: new(StatusCodes.Status504GatewayTimeout, Said: null, RetryAfter: null));
        }
        catch (OperationCanceledException)
        {
            question.Record.Cause = CallCause.ClientAbort.ToLabel();
            question.Context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
            return null;
        }
    }

    private Task AskAsync(Question question, Place place, StoredAnswer? known, Flight? flight, EntrySource source) =>
        new Miss(question, place, known, flight, source, _store, _metrics, _time).RunAsync(_next);

    private Task AnswerAsync(Question question, StoredAnswer answer, CacheResult result, string status)
    {
        _metrics.Served(question.Record, result);
        return AnswerWriter.WriteAsync(question.Context, answer, Conditions.Of(question.Context.Request), withAge: true, status);
    }

    private Task PassAsync(HttpContext context, RequestRecord record, string status)
    {
        _metrics.Served(record, CacheResult.Bypass);
        AnswerWriter.Announce(context.Response, () => status);
        return _next(context);
    }
}
