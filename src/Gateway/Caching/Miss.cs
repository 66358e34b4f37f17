using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// A question that the upstream has to answer. Judges the answer at its first byte, tells those who wait what to do, keeps what may be kept, and has
/// an older answer serve where the upstream fails.
/// </summary>
internal sealed class Miss
{
    /// <summary>
    /// How long the others wait for the end of an answer of which nobody knows when that is. An ordinary one is over by then; one that never ends
    /// holds them up no longer, and those who come later not at all.
    /// </summary>
    private static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StreamMemory = TimeSpan.FromMinutes(5);

    private readonly Question _question;
    private readonly Place _place;
    private readonly StoredAnswer? _known;
    private readonly Flight? _flight;
    private readonly EntrySource _source;
    private readonly AnswerStore _store;
    private readonly OutputCacheMetrics _metrics;
    private readonly TimeProvider _time;

    private readonly HttpContext _context;
    private readonly KeyValuePair<string, StringValues>[] _mine;   // what stands there before belongs to this request
    private readonly Conditions _conditions;
    private readonly IHttpResponseBodyFeature _client;
    private readonly AnswerCapture _capture;
    private string _status = CacheStatus.Miss;
    private KeyValuePair<string, StringValues>[] _headers = [];
    private Storage? _storage;
    private ITimer? _patience;

    /// <param name="question">What is asked.</param>
    /// <param name="place">Where the answer is to stand.</param>
    /// <param name="known">An older answer, which is no longer fresh.</param>
    /// <param name="flight">Who waits for this; null where nobody does.</param>
    /// <param name="source">What the answer will be purged by.</param>
    /// <param name="store">Where it is kept.</param>
    /// <param name="metrics">Told what became of the question.</param>
    /// <param name="time">The clock.</param>
    public Miss(
        Question question, Place place, StoredAnswer? known, Flight? flight, EntrySource source, AnswerStore store, OutputCacheMetrics metrics, TimeProvider time)
    {
        (_question, _place, _known, _flight, _source, _store, _metrics, _time) = (question, place, known, flight, source, store, metrics, time);
        _context = question.Context;
        _mine = [.. _context.Response.Headers];
        _conditions = Conditions.Of(_context.Request);
        _client = _context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var capture = new AnswerCapture(_client.Stream, Decide, LetOthersPass, question.Plan.Options.MaxBodySize);   // stands in the response, and goes with it
        _capture = capture;
    }

    public async Task RunAsync(RequestDelegate next)
    {
        var response = _context.Response;
        Conditions.TakeFrom(_context.Request);
        AnswerWriter.Announce(response, () => _status);
        response.Body = _capture;
        StoredAnswer? kept = null;
        try
        {
            await next(_context);
            _capture.Decide();
            kept = Keep();
        }
        catch (Exception e) when (e is OperationCanceledException or UpstreamUnavailableException && MayServeStale)
        {
            _capture.Drop();
        }
        finally
        {
            _context.Features.Set(_client);
            if (_patience is not null)
            {
                await _patience.DisposeAsync();
            }

            // Has no effect where it has ended before.
            _flight?.End(
                kept is not null ? new(FlightOutcome.Stored, kept)
                : ClientHasLeft ? new(FlightOutcome.Abandoned)
                : new(FlightOutcome.Failed, Failure: FailureOf(response.StatusCode)));
        }

        await FinishAsync(kept);
    }

    private bool ClientHasLeft => _question.Record.ClientGone.IsCancellationRequested;

    private bool MayServeStale => _known is { MayServeStale: true } && !_context.Response.HasStarted && !ClientHasLeft;

    private int? Said => _question.Record.Call?.Status;

    // With the first byte, or where there is none.
    private Fate Decide()
    {
        var response = _context.Response;
        if (StatusOfFailure() is { } failure)
        {
            if (MayServeStale)
            {
                return Fate.Dropped;
            }

            // What the gateway refuses by itself costs the others nothing, and says more to each of them.
            var isLocal = failure == StatusCodes.Status503ServiceUnavailable && Said is null;
            _flight?.End(isLocal ? new(FlightOutcome.Uncacheable) : new(FlightOutcome.Failed, Failure: FailureOf(failure)));
            return Fate.Passed;
        }

        // The status of a call that was given up because its client left says nothing about others.
        if (ClientHasLeft || _context.Features.Get<IForwarderErrorFeature>() is not null)
        {
            return Fate.Passed;
        }

        _storage = StorageRules.Judge(response, _question.Plan, _question.WithCredentials, _time.GetUtcNow());
        if (_storage is null)
        {
            Refuse(response.StatusCode);
            return Fate.Passed;
        }

        _headers = AnswerWriter.Kept(response.Headers, _mine);
        if (response.ContentLength is not null || _question.IsHead)
        {
            return Fate.Held;
        }

        if (_flight is not null)
        {
            _patience = _time.CreateTimer(static state => ((Miss)state!).LoseOthers(), this, StreamPatience, Timeout.InfiniteTimeSpan);
        }

        return Fate.Streamed;
    }

    // A client error may be due to how this one client asked, which is no reason to have all others ask at once.
    private void Refuse(int status)
    {
        if (_known is not null && StorageRules.Overrules(status))
        {
            _store.Forget(_known);
        }

        if (status is >= StatusCodes.Status400BadRequest)
        {
            _flight?.End(new(FlightOutcome.Refused));
        }
        else
        {
            LetOthersPass();
        }
    }

    private void LetOthersPass()
    {
        _store.LetPass(_place.Key, _source, OutputCacheMiddleware.PassMemory);
        _flight?.End(new(FlightOutcome.Uncacheable));
    }

    private void LoseOthers()
    {
        if (_capture.WaitsForClient)
        {
            _flight!.End(new(FlightOutcome.Abandoned));   // it isn't the answer that is slow
            return;
        }

        _store.LetPass(_place.Key, _source, StreamMemory);
        _flight!.End(new(FlightOutcome.Uncacheable));
    }

    private StoredAnswer? Keep()
    {
        var response = _context.Response;
        var isWhole = _storage is not null
            && _capture.Fate is Fate.Held or Fate.Streamed
            && response.StatusCode == StatusCodes.Status200OK
            && _context.Features.Get<IForwarderErrorFeature>() is null
            && (_question.IsHead || (response.ContentLength ?? _capture.Kept.Length) == _capture.Kept.Length);
        if (!isWhole)
        {
            if (_capture.Fate == Fate.Held && MayServeStale)
            {
                _capture.Drop();
            }

            return null;
        }

        var key = CacheKey.With(_place.Primary, _storage!.VaryBy, _question.Headers);
        var answer = _question.IsHead
            ? StoredAnswer.OfHead(_storage, key, _headers, response.ContentLength, _time)
            : StoredAnswer.Of(_storage, key, _headers, _capture.Kept.ToArray(), _time);
        if (_store.Keep(_place.Primary, answer, _source, _known))
        {
            _status = CacheStatus.Stored;
        }

        return answer;   // whoever has waited until now gets it, also where it was purged meanwhile
    }

    private Task FinishAsync(StoredAnswer? kept)
    {
        var response = _context.Response;
        if (_capture.Fate == Fate.Dropped)
        {
            _status = CacheStatus.Stale(_known!, Said ?? 0);
            Begin(response);
            _metrics.Served(_question.Record, CacheResult.Stale);
            return AnswerWriter.WriteAsync(_context, _known!, _conditions, withAge: true);
        }

        _metrics.Served(_question.Record, CacheResult.Miss);
        if (_capture.Fate != Fate.Held)
        {
            return Task.CompletedTask;
        }

        if (kept is not null)
        {
            Begin(response);
            return AnswerWriter.WriteAsync(_context, kept, _conditions, withAge: kept.Age >= TimeSpan.FromSeconds(1));
        }

        return response.StatusCode == StatusCodes.Status200OK
            ? response.Body.WriteAsync(_capture.Kept, _question.Record.ClientGone).AsTask()   // whatever it is, it is no less than came
            : Task.CompletedTask;
    }

    private void Begin(HttpResponse response)
    {
        response.Clear();
        foreach (var (name, value) in _mine)
        {
            response.Headers[name] = value;
        }
    }

    // A call that ran out of time has the status of one whose client left: YARP can't tell them apart, the verdict can.
    private int? StatusOfFailure() =>
        _context.Response.StatusCode >= StatusCodes.Status500InternalServerError ? _context.Response.StatusCode
        : _context.Features.Get<IForwarderErrorFeature>() is not null && _question.Record.Call?.Verdict is { Outcome: CallOutcome.Failure } verdict
            ? verdict.Cause == CallCause.Timeout ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway
        : null;

    private UpstreamFailure FailureOf(int status) => new(status, Said, RetryAfter.Of(_context.Response.Headers.RetryAfter.ToString(), _time));
}
