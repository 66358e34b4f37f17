namespace EventGateway.Aggregator.Tests;

/// <summary>A gate: says when a call has arrived, and lets it go when the test wants.</summary>
internal sealed class HeldCall
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Arrived => _arrived.Task;

    public bool HasArrived => _arrived.Task.IsCompleted;

    public void Release(string json) => _response.SetResult(FakeUpstream.Json(json));

    public void Release(HttpResponseMessage response) => _response.SetResult(response);

    public void Break(Exception error) => _response.SetException(error);

    public async Task<HttpResponseMessage> WaitAsync(CancellationToken cancellationToken)
    {
        _arrived.SetResult();
        return await _response.Task.WaitAsync(cancellationToken);
    }
}
