using System.Collections.Concurrent;

namespace EventGateway.Gateway.Caching;

/// <summary>How an upstream call ended that others wait for.</summary>
internal enum FlightOutcome
{
    /// <summary>With an answer for all who ask the same.</summary>
    Stored,

    /// <summary>With one that is for its own caller: the others had better ask themselves.</summary>
    Uncacheable,

    /// <summary>The upstream failed.</summary>
    Failed,

    /// <summary>Whoever made it has left, which says nothing about the upstream.</summary>
    Abandoned,
}

internal readonly record struct FlightEnd(FlightOutcome Outcome, StoredAnswer? Answer = null, int Status = 0);

/// <summary>One upstream call, and who waits for it. It ends once; whoever leaves before that ends nobody's wait but its own.</summary>
internal sealed class Flight(ConcurrentDictionary<UInt128, Flight> flights, UInt128 key)
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
    public static Flight Join(ConcurrentDictionary<UInt128, Flight> flights, UInt128 key, out bool leads)
    {
        var mine = new Flight(flights, key);
        var flight = flights.GetOrAdd(key, mine);
        leads = flight == mine;
        return flight;
    }
}
