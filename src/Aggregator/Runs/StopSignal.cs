namespace EventGateway.Aggregator;

/// <summary>Ends all calls of one request: out of time, the client left, or a failure made them useless. Or the one call that several requests wait for.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _clientLeft;
    private readonly CancellationTokenRegistration _atDeadline;
    private readonly CancellationTokenRegistration _whenClientLeaves;

    public StopSignal(TimeSpan totalTimeout, TimeProvider time, CancellationToken clientLeft)
    {
        _clientLeft = clientLeft;
        _deadline = TokenSources.Rent(totalTimeout, time);
        _stop = TokenSources.Rent(Timeout.InfiniteTimeSpan, time);
        _atDeadline = CancelWith(_deadline.Token);
        _whenClientLeaves = CancelWith(clientLeft);
    }

    /// <summary>For a call that is no single request's: it ends by <see cref="Raise"/> and <see cref="Expire"/> alone, and there is nothing to dispose of.</summary>
    public StopSignal()
    {
        _deadline = new();
        _stop = new();
        _atDeadline = CancelWith(_deadline.Token);
    }

    public CancellationToken Token => _stop.Token;

    public bool IsRaised => _stop.IsCancellationRequested;

    public bool ClientLeft => _clientLeft.IsCancellationRequested;

    /// <summary>How a call ends that the signal ended.</summary>
    public PartOutcome Outcome =>
        _deadline.IsCancellationRequested && !ClientLeft ? PartOutcome.Timeout : PartOutcome.Cancelled;

    public void Raise() => _stop.Cancel();

    /// <summary>The same, as though the time were over.</summary>
    public void Expire() => _deadline.Cancel();

    /// <summary>Nobody may ask it, or raise it, any more.</summary>
    public void Dispose()
    {
        _atDeadline.Dispose();
        _whenClientLeaves.Dispose();
        TokenSources.Return(_stop);
        TokenSources.Return(_deadline);
    }

    private CancellationTokenRegistration CancelWith(CancellationToken token) =>
        token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _stop);
}
