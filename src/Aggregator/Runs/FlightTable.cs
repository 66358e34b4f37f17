using System.Collections.Concurrent;

namespace EventGateway.Aggregator;

/// <summary>
/// The calls of one step that are under way and may be shared. Nothing is kept: who asks after a call's end makes the next. A table belongs to a step of
/// one configuration, so that no call of an earlier one serves a later one.
/// </summary>
internal sealed class FlightTable
{
    private readonly ConcurrentDictionary<FlightKey, Flight> _flights = new();

    /// <summary>Lets a part wait for the call that is under way, or for a new one.</summary>
    /// <returns>Whether it is a new one, which has to be begun.</returns>
    public bool Join(Waiter waiter, UpstreamCall call, UInt128 caller, IUpstream upstream)
    {
        var key = new FlightKey(call.Path, caller);
        while (true)
        {
            if (!_flights.TryGetValue(key, out var flight))
            {
                flight = new Flight(this, key, upstream.Detach(call.Step), waiter);
                if (_flights.TryAdd(key, flight))
                {
                    return true;
                }
            }
            else if (flight.TryJoin(waiter))
            {
                return false;
            }
            else
            {
                Remove(key, flight);   // it is over: whoever ended it hasn't come to this yet
            }
        }
    }

    public void Remove(FlightKey key, Flight flight) => _flights.TryRemove(new(key, flight));
}

/// <summary>What is asked for, and all else that the answer may depend on.</summary>
internal readonly record struct FlightKey(string Path, UInt128 Caller);
