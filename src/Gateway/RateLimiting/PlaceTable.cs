using System.Runtime.InteropServices;
using EventGateway.Gateway.Limits;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>
/// The places of a policy's clients, each for as long as it holds or wants one: a client without any has nothing to be remembered, and
/// to forget one that has some would give it all of them anew. So there are never more than there are requests.
/// </summary>
internal sealed class PlaceTable(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Client> _clients = [];   // guarded by _gate

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Queued
    {
        get
        {
            lock (_gate)
            {
                return _clients.Values.Sum(client => client.Limiter.Queued);
            }
        }
    }

    /// <summary>Takes one of the client's places, after a wait if need be; null where there is none, or not in time.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled during the wait.</exception>
    public async ValueTask<Place?> EnterAsync(UInt128 key, RateLimiterPlan plan, CancellationToken cancellationToken)
    {
        var limiter = Join(key, plan);
        CallPlace? place = null;
        try
        {
            place = await limiter.EnterAsync(cancellationToken);
        }
        finally
        {
            if (place is null)
            {
                Leave(key);
            }
        }

        return place is null ? null : new Place(this, key, place, Math.Max(0, plan.PermitLimit - limiter.InFlight));
    }

    private CallLimiter Join(UInt128 key, RateLimiterPlan plan)
    {
        lock (_gate)
        {
            ref var client = ref CollectionsMarshal.GetValueRefOrAddDefault(_clients, key, out var known);
            client = new(known ? client.Limiter : new CallLimiter(plan.Name, plan.Places, time, static (_, _) => { }), client.Requests + 1);
            client.Limiter.Update(plan.Places);
            return client.Limiter;
        }
    }

    private void Leave(UInt128 key)
    {
        lock (_gate)
        {
            var client = _clients[key];
            if (client.Requests > 1)
            {
                _clients[key] = client with { Requests = client.Requests - 1 };
            }
            else
            {
                _clients.Remove(key);
            }
        }
    }

    private readonly record struct Client(CallLimiter Limiter, int Requests);

    /// <summary>A place, to be disposed of exactly once.</summary>
    public sealed class Place(PlaceTable table, UInt128 key, CallPlace place, int free) : IDisposable
    {
        /// <summary>Places that the client had left when this one was taken.</summary>
        public int Free { get; } = free;

        public void Dispose()
        {
            place.Dispose();
            table.Leave(key);
        }
    }
}
