namespace EventGateway.Gateway.Health;

/// <summary>
/// Counts the requests that began before draining did: those the gateway owes an answer before it may go.
/// </summary>
internal sealed class InFlightRequests
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count = 1;   // by Interlocked; the gateway itself counts as one until draining begins
    private int _leaving;     // by Interlocked
    private int _draining;    // by Interlocked

    /// <summary>Whether there are just as many. Never true once draining has begun, as new ones aren't counted then.</summary>
    public bool Are(int count) => Volatile.Read(ref _count) == count + 1 && Volatile.Read(ref _draining) == 0;

    /// <summary>Counts a request until the result is disposed.</summary>
    public Lease Begin(HttpContext context)
    {
        if (Volatile.Read(ref _leaving) == 1)
        {
            // Served all the same, but the client should find another gateway for its next request.
            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers.Connection = "close";
                return Task.CompletedTask;
            }, context);
        }

        // Once it has reached 0 nobody waits any more. One that slips in just as draining begins is waited for like those before it.
        var count = Volatile.Read(ref _draining) == 0 ? Volatile.Read(ref _count) : 0;
        while (count > 0)
        {
            var seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (seen == count)
            {
                return new Lease(this);
            }

            count = seen;
        }

        return default;
    }

    /// <summary>From now on, clients are asked to leave. False when they were already.</summary>
    public bool TryLeave() => Interlocked.Exchange(ref _leaving, 1) == 0;

    /// <summary>From now on, new requests don't count. Completes when all earlier ones have ended.</summary>
    public Task DrainAsync()
    {
        if (Interlocked.Exchange(ref _draining, 1) == 0)
        {
            End();
        }

        return _drained.Task;
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _drained.TrySetResult();
        }
    }

    public readonly struct Lease(InFlightRequests? owner) : IDisposable
    {
        public void Dispose() => owner?.End();
    }
}
