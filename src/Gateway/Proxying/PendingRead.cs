using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// A read of a connection that ends as another one does. A connection over HTTP/1.1 has one at a time: this is one object for all of them, where a task would be one for each.
/// </summary>
/// <param name="see">Looks at what was read before whoever waits is told; null where nobody wants to.</param>
internal sealed class PendingRead(Func<int, int>? see = null) : IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _result;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _reading;
    private Action? _completed;

    /// <summary>The next one, to be waited for.</summary>
    public ValueTask<int> Begin()
    {
        _result.Reset();
        return new ValueTask<int>(this, _result.Version);
    }

    /// <summary>Has it end as <paramref name="reading"/> does.</summary>
    public void EndWith(ValueTask<int> reading)
    {
        _reading = reading.ConfigureAwait(false).GetAwaiter();
        if (_reading.IsCompleted)
        {
            Complete();
        }
        else
        {
            _reading.UnsafeOnCompleted(_completed ??= Complete);
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    private void Complete()
    {
        int read;
        try
        {
            read = _reading.GetResult();
            read = see is null ? read : see(read);
        }
        catch (Exception e)
        {
            _result.SetException(e);
            return;
        }

        _result.SetResult(read);
    }
}
