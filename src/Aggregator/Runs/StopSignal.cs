namespace EventGateway.Aggregator;

/// <summary>Ends all calls of one request: out of time, the client left, or a failure made them useless.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _clientLeft;

    public StopSignal(TimeSpan totalTimeout, TimeProvider time, CancellationToken clientLeft)
    {
        _clientLeft = clientLeft;
        _deadline = new(totalTimeout, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, clientLeft);
    }

    public CancellationToken Token => _stop.Token;

    public bool IsRaised => _stop.IsCancellationRequested;

    public bool ClientLeft => _clientLeft.IsCancellationRequested;

    /// <summary>How a call ends that the signal ended.</summary>
    public PartOutcome Outcome =>
        _deadline.IsCancellationRequested && !ClientLeft ? PartOutcome.Timeout : PartOutcome.Cancelled;

    public void Raise() => _stop.Cancel();

    public void Dispose()
    {
        _stop.Dispose();
        _deadline.Dispose();
    }
}
