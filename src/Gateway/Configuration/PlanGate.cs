namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Keeps requests that are finding their way apart from the taking up of a new plan: whoever is inside meets one plan only, and
/// while the gate is closed, newcomers wait.
/// </summary>
internal sealed class PlanGate
{
    private volatile TaskCompletionSource? _closed;   // completes when the gate opens again; null while it is open
    private int _inside;                              // by Interlocked

    /// <summary>Completes when the gate is open.</summary>
    public Task Opened => _closed?.Task ?? Task.CompletedTask;

    /// <summary>False while the gate is closed; otherwise <see cref="Leave"/> must follow, and soon.</summary>
    public bool TryEnter()
    {
        // Counted first, looked second; CloseAsync does it the other way round, so that one of the two sees the other.
        Interlocked.Increment(ref _inside);
        if (_closed is null)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inside);

    /// <summary>Lets nobody in any more, and completes when the last one has left. One caller at a time; <see cref="Open"/> must follow.</summary>
    public async Task CloseAsync()
    {
        _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.MemoryBarrier();

        // Those inside need microseconds. To look again costs less than a signal that each of them would have to give.
        while (Volatile.Read(ref _inside) > 0)
        {
            await Task.Yield();
        }
    }

    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.TrySetResult();
    }
}
