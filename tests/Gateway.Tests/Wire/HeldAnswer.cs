using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>An answer that stops after its first bytes, and tells when its request has come and when the gateway has left.</summary>
internal sealed class HeldAnswer(string first = "")
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the request is here and the first bytes of the answer are sent.</summary>
    public Task Arrived => _arrived.Task.InTime();

    /// <summary>Completes when the gateway has closed or reset its connection to the upstream.</summary>
    public Task Left => _left.Task.InTime();

    public async Task HoldAsync(RawConnection answer)
    {
        await answer.SendAsync(first);
        _arrived.SetResult();
        await answer.WaitForClientToLeaveAsync();
        _left.SetResult();
    }
}
