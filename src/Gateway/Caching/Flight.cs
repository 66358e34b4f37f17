using System.Collections.Concurrent;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Caching;

/// <summary>How an upstream call ended that others wait for.</summary>
internal enum FlightOutcome
{
    /// <summary>With an answer for all who ask the same.</summary>
    Stored,

    /// <summary>With one that is for its own caller: the others had better ask themselves.</summary>
    Uncacheable,

    /// <summary>With a client error: of what was asked for, or only of how its caller asked.</summary>
    Refused,

    /// <summary>The upstream failed.</summary>
    Failed,

    /// <summary>Whoever made it has left, which says nothing about the upstream.</summary>
    Abandoned,
}

internal readonly record struct FlightEnd(FlightOutcome Outcome, StoredAnswer? Answer = null, UpstreamFailure? Failure = null);

/// <summary>What those are told who waited for a call that failed.</summary>
/// <param name="Status">What its caller got.</param>
/// <param name="Said">The status of the upstream; null where it said nothing.</param>
/// <param name="RetryAfter">How long it wants to be left alone; null where it says nothing of that.</param>
internal sealed record UpstreamFailure(int Status, int? Said, TimeSpan? RetryAfter)
{
    public GatewayError ToError()
    {
        var error = Status switch
        {
            StatusCodes.Status503ServiceUnavailable => GatewayError.UpstreamUnavailable,
            StatusCodes.Status504GatewayTimeout => GatewayError.GatewayTimeout,
            _ => GatewayError.BadGateway,
        };
        return error.RetryAfter(RetryAfter);
    }
}

/// <summary>What makes two calls one: the answer that they are for, and that nothing was purged or invalidated in between.</summary>
internal readonly record struct FlightKey(UInt128 Answer, long Stamp);

/// <summary>One upstream call, and who waits for it. It ends once; whoever leaves before that ends nobody's wait but its own.</summary>
internal sealed class Flight(ConcurrentDictionary<FlightKey, Flight> flights, FlightKey key)
{
    private readonly TaskCompletionSource<FlightEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<FlightEnd> Ended => _end.Task;

    public void End(FlightEnd end)
    {
        // First out of the table: who wakes up must not join it again.
        flights.TryRemove(new(key, this));
        _end.TrySetResult(end);
    }

    /// <summary>The one that is under way, or a new one, which the caller has to end.</summary>
    public static Flight Join(ConcurrentDictionary<FlightKey, Flight> flights, FlightKey key, out bool leads)
    {
        var mine = new Flight(flights, key);
        var flight = flights.GetOrAdd(key, mine);
        leads = flight == mine;
        return flight;
    }
}
