namespace EventGateway.Testing;

/// <summary>Holds whoever passes until a test lets them go, and tells the test that somebody has come.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first one stands at the gate.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Lets everybody pass, now and later.</summary>
    public void Open() => _open.TrySetResult();

    public Task PassAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        return _open.Task.WaitAsync(cancellationToken);
    }
}
