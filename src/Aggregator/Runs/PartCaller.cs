using System.Collections.Concurrent;

namespace EventGateway.Aggregator;

/// <summary>Makes calls, each within its time, and tells the upstream what came of them. A failed call is a value.</summary>
/// <param name="upstream">The way to the upstreams.</param>
/// <param name="time">Measures durations and timeouts.</param>
/// <param name="budget">The bytes that may be held.</param>
/// <param name="stop">Why and when calls end that nobody needs any more.</param>
internal sealed class PartCaller(IUpstream upstream, TimeProvider time, IByteBudget budget, StopSignal stop)
{
    // What ends the call with an exception that we don't know says least about the upstream.
    private static readonly PartJudgement Unknown = new(PartOutcome.Transport);

    private ConcurrentDictionary<StepPlan, UInt128>? _callers;   // of steps that share their calls: found out once a request, not for each entry

    /// <summary>
    /// Makes calls of one step, one after the other until there is none, or takes part in those that are under way where the step allows that. The loop is here
    /// on purpose: around a method for one call it would be another task for each, 0.1 kB.
    /// </summary>
    public Task WorkAsync(IPartQueue parts, StepPlan step, CancellationToken begun) =>
        step.Flights is { } flights ? ShareAsync(parts, flights) : MakeAsync(parts, begun);

    /// <summary>The same, and makes every one.</summary>
    /// <param name="parts">The calls.</param>
    /// <param name="begun">The time of the first one, where it is one of several that begin at once: <see cref="BeginTogether"/>.</param>
    public async Task MakeAsync(IPartQueue parts, CancellationToken begun = default)
    {
        try
        {
            while (parts.TryTake(out var place, out var call))
            {
                if (stop.IsRaised)
                {
                    parts.Ended(place, new(stop.Outcome));
                    continue;
                }

                var result = Unknown;
                var started = time.GetTimestamp();
                HttpResponseMessage? response = null;
                using (var own = begun.CanBeCanceled ? default : Begin(call.Step))
                {
                    var ended = begun.CanBeCanceled ? begun : own.Token;
                    begun = default;
                    try
                    {
                        response = await upstream.SendAsync(call, ended);
                        upstream.Answered(call, response);
                        result = await ResponseJudge.JudgeAsync(response, call.Step, budget, time, ended);
                    }
                    catch (UpstreamUnavailableException unavailable)
                    {
                        result = new(PartOutcome.Unavailable, RetryAfter: unavailable.RetryAfter);
                    }
                    catch (Exception error) when (error is OperationCanceledException or HttpRequestException or IOException)
                    {
                        // Once the token is cancelled, whatever the connection throws is the echo of that.
                        var outcome = stop.IsRaised ? stop.Outcome
                            : ended.IsCancellationRequested || error is OperationCanceledException ? PartOutcome.Timeout
                            : response is not null ? PartOutcome.Body
                            : Classify(error);
                        result = new(outcome, (int?)response?.StatusCode);
                    }
                    finally
                    {
                        response?.Dispose();
                        upstream.Finished(call, new(result.Outcome, result.Status, time.GetElapsedTime(started), result.RetryAfter));
                    }
                }

                parts.Ended(place, result);
            }
        }
        catch
        {
            // A defect, not an upstream's fault: it goes to the caller, but no sibling may outlive it.
            stop.Raise();
            throw;
        }
    }

    /// <summary>The time of calls of one step that begin now; none where they are shared, since each of those has its own.</summary>
    public CallTime BeginTogether(StepPlan step) => step.SharesCalls ? default : Begin(step);

    private CallTime Begin(StepPlan step) => new(step.Timeout, time, stop);

    // The call's own time began before this wait for it, so that the wait needs none of its own.
    private async Task ShareAsync(IPartQueue parts, FlightTable flights)
    {
        try
        {
            while (parts.TryTake(out var place, out var call))
            {
                if (stop.IsRaised)
                {
                    parts.Ended(place, new(stop.Outcome));
                    continue;
                }

                var result = Unknown;
                var started = time.GetTimestamp();
                var waiter = new Waiter(budget, stop);
                var isNew = flights.Join(waiter, call, CallerOf(call.Step), upstream);
                try
                {
                    if (isNew)
                    {
                        waiter.Flight.Begin(call.Again(), time);   // one that goes another way
                    }
                    else
                    {
                        upstream.Joined(call, waiter.Flight.Upstream);
                    }

                    using var left = stop.Token.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter);
                    result = await waiter.Ended;
                }
                finally
                {
                    upstream.Finished(call, new(result.Outcome, result.Status, time.GetElapsedTime(started), result.RetryAfter));
                }

                parts.Ended(place, result);
            }
        }
        catch
        {
            stop.Raise();   // see MakeAsync
            throw;
        }
    }

    private UInt128 CallerOf(StepPlan step) =>
        LazyInitializer.EnsureInitialized(ref _callers).GetOrAdd(step, static (step, upstream) => upstream.CallerOf(step), upstream);

    private static PartOutcome Classify(Exception error) => (error as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
            => PartOutcome.Connect,
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => PartOutcome.BadResponse,
        _ => PartOutcome.Transport,
    };
}
