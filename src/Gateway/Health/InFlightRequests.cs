namespace EventGateway.Gateway.Health;

/// <summary>
/// Counts the requests that began before draining did: those the gateway owes an answer before it may go.
/// </summary>
internal sealed class InFlightRequests
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;   // by Interlocked; the gateway itself counts as one until draining begins
    private volatile bool _draining;

    public InFlightRequests() => _count = 1;

    public bool IsDraining => _draining;

    /// <summary>Counts a request until the result is disposed.</summary>
    public Lease Begin(HttpContext context)
    {
        if (_draining)
        {
            // Served all the same, but the client should find another gateway for its next request.
            context.Response.Headers.Connection = "close";
            return default;
        }

        Interlocked.Increment(ref _count);
        return new Lease(this);
    }

    /// <summary>From now on, new requests don't count. Completes when all earlier ones have ended.</summary>
    public Task DrainAsync()
    {
        if (!_draining)
        {
            _draining = true;
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

    public readonly struct Lease(InFlightRequests owner) : IDisposable
    {
        public void Dispose() => owner?.End();
    }
}
