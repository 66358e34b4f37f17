namespace EventGateway.Gateway.Proxying;

/// <summary>Cancels an attempt whose response headers don't come in time. What comes after them has the route's own timeouts.</summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _aborted;

    /// <param name="timeout">Time until the headers.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="requestAborted">Ends the attempt as well.</param>
    public AttemptTimer(TimeSpan timeout, TimeProvider time, CancellationToken requestAborted)
    {
        _timeout = timeout;
        _ended = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _aborted = requestAborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _ended);
    }

    /// <summary>Cancelled when the attempt has to end.</summary>
    public CancellationToken Token => _ended.Token;

    /// <summary>Whether the attempt had to end: out of time, or with the request.</summary>
    public bool Ended => _ended.IsCancellationRequested;

    /// <summary>The attempt is being sent.</summary>
    public void Start() => _ended.CancelAfter(_timeout);

    /// <summary>The headers are here.</summary>
    public void Stop() => _ended.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _aborted.Dispose();
        _ended.Dispose();
    }
}
