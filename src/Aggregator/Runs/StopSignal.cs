namespace EventGateway.Aggregator;

/// <summary>Ends all calls of one request: out of time, the client left, or a failure made them useless. Or the one call that several requests wait for.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop;   // by itself when the time is over
    private readonly CancellationToken _clientLeft;
    private readonly CancellationTokenRegistration _whenClientLeaves;
    private volatile bool _isUseless;

    public StopSignal(TimeSpan totalTimeout, TimeProvider time, CancellationToken clientLeft)
    {
        _clientLeft = clientLeft;
        _stop = TokenSources.Rent(totalTimeout, time);
        _whenClientLeaves = _stop.CancelWith(clientLeft);
    }

    /// <summary>For a call that is no single request's: it ends by <see cref="Raise"/> and <see cref="Expire"/> alone, and there is nothing to dispose of.</summary>
    public StopSignal() => _stop = new();

    public CancellationToken Token => _stop.Token;

    public bool IsRaised => _stop.IsCancellationRequested;

    public bool ClientLeft => _clientLeft.IsCancellationRequested;

    /// <summary>How a call ends that the signal ended.</summary>
    public PartOutcome Outcome => _isUseless || ClientLeft ? PartOutcome.Cancelled : PartOutcome.Timeout;

    public void Raise()
    {
        if (!IsRaised)   // what ended the calls first is why they ended
        {
            _isUseless = true;
        }

        Expire();
    }

    /// <summary>The same, as though the time were over.</summary>
    public void Expire() => _stop.Cancel();

    /// <summary>Nobody may ask it, or raise it, any more.</summary>
    public void Dispose()
    {
        _whenClientLeaves.Dispose();
        TokenSources.Return(_stop);
    }
}
