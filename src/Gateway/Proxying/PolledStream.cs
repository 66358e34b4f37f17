using System.Net.Sockets;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// A connection on which the thread that sends a call may look for the answer (<see cref="BusyPolling"/>). .NET's client reads ahead over HTTP/1.1, before it sends: then
/// the answer is for whichever thread waits for this socket, which has to be woken though another one is looking. So that read waits until the call has been sent. TLS and
/// HTTP/2 never have one that waits: the one asks for no bytes first, the other doesn't read within a call.
/// </summary>
internal abstract class PolledStream(Socket socket, BusyPolling polling) : NetworkStream(socket, ownsSocket: true)
{
    private readonly PendingRead _pending = new();
    private BusyPolling.Backoff _backoff;

    // Whether a read waits, and where its bytes go.
    private int _waits;   // by Interlocked: the connection may be cut meanwhile
    private Memory<byte> _buffer;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // What is there already is no answer: an end, most likely.
        if (buffer.IsEmpty || !BusyPolling.TryTakeCall() || Socket.Poll(0, SelectMode.SelectRead))
        {
            return base.ReadAsync(buffer, cancellationToken);
        }

        var pending = _pending.Begin();
        _buffer = buffer;
        Volatile.Write(ref _waits, 1);
        return pending;
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
        ValueTask<int> reading;
        try
        {
            reading = base.ReadAsync(_buffer, CancellationToken.None);
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            reading = ValueTask.FromException<int>(e);
        }

        _pending.EndWith(reading);
    }
}
