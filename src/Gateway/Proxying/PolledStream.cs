using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// A connection on which the thread that sends a call may look for the answer (<see cref="BusyPolling"/>). .NET's client reads ahead over HTTP/1.1, before it sends: then
/// the answer is for whichever thread waits for this socket, which has to be woken though another one is looking. So that read waits until the call has been sent. TLS and
/// HTTP/2 never have one that waits: the one asks for no bytes first, the other doesn't read within a call.
/// </summary>
internal abstract class PolledStream(Socket socket, BusyPolling polling) : NetworkStream(socket, ownsSocket: true), IValueTaskSource<int>
{
    private BusyPolling.Backoff _backoff;

    // The read that waits: one at most.
    private int _waits;   // by Interlocked: the connection may be cut meanwhile
    private Memory<byte> _buffer;
    private ManualResetValueTaskSourceCore<int> _result;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _reading;
    private Action? _completed;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // What is there already is no answer: an end, most likely.
        if (buffer.IsEmpty || !BusyPolling.TryTakeCall() || Socket.Poll(0, SelectMode.SelectRead))
        {
            return base.ReadAsync(buffer, cancellationToken);
        }

        _result.Reset();
        _buffer = buffer;
        Volatile.Write(ref _waits, 1);
        return new ValueTask<int>(this, _result.Version);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Whatever this thread reads from here on isn't read ahead: nobody would write after it.
        BusyPolling.TryTakeCall();
        var writing = base.WriteAsync(buffer, cancellationToken);
        if (Volatile.Read(ref _waits) == 1 && Interlocked.Exchange(ref _waits, 0) == 1)
        {
            if (writing.IsCompletedSuccessfully)
            {
                polling.AwaitAnswer(Socket, ref _backoff);
            }

            Read();
        }

        return writing;
    }

    int IValueTaskSource<int>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Interlocked.Exchange(ref _waits, 0) == 1)
        {
            Read();   // fails
        }
    }

    private void Read()
    {
        try
        {
            var reading = base.ReadAsync(_buffer, CancellationToken.None);
            _reading = reading.ConfigureAwait(false).GetAwaiter();
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            _result.SetException(e);
            return;
        }

        if (_reading.IsCompleted)
        {
            Complete();
        }
        else
        {
            _reading.UnsafeOnCompleted(_completed ??= Complete);
        }
    }

    private void Complete()
    {
        int read;
        try
        {
            read = _reading.GetResult();
        }
        catch (Exception e)
        {
            _result.SetException(e);
            return;
        }

        _result.SetResult(read);
    }
}
