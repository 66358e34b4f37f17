namespace EventGateway.Gateway.Proxying;

/// <summary>
/// A connection to an upstream over which no request is sent twice. Where a connection ends in order before the first byte of an answer, .NET's client
/// takes it for one that was idle too long, and sends a request without content again, up to three times and whatever its method. Here that end is
/// a failure, which nobody resends. A read on a connection that had waited for work may really have met it, and keeps .NET's help.
/// </summary>
/// <param name="connection">What HTTP/1.1 is spoken over: TCP, or TLS.</param>
internal sealed class ResendGuard(Stream connection) : ForwardOnlyStream
{
    private volatile Sent _sent;   // changed by Interlocked: the end may be seen while a request is being written

    // The read that is waited for.
    private PendingRead? _pending;
    private (int Wanted, bool IsAhead) _read;

    private enum Sent
    {
        Nothing,
        Read,
        Other,
        Ended,
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    // .NET reads ahead on a connection that waits for work, and behind the request on a new one.
    private bool IsAhead => _sent == Sent.Nothing;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Sending(buffer.Span);
        return connection.WriteAsync(buffer, cancellationToken);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Sending(buffer);
        connection.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var isAhead = IsAhead;
        var reading = connection.ReadAsync(buffer, cancellationToken);
        if (reading.IsCompletedSuccessfully)
        {
            return new ValueTask<int>(Seen(reading.Result, buffer.Length, isAhead));
        }

        _read = (buffer.Length, isAhead);
        _pending ??= new(read => Seen(read, _read.Wanted, _read.IsAhead));
        var pending = _pending.Begin();
        _pending.EndWith(reading);
        return pending;
    }

    public override int Read(Span<byte> buffer)
    {
        var isAhead = IsAhead;
        return Seen(connection.Read(buffer), buffer.Length, isAhead);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override void Flush() => connection.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    // A request begins with the first write after something was read. What follows in it, and what goes over a connection that was upgraded, begins with
    // no line of a request.
    private void Sending(ReadOnlySpan<byte> bytes)
    {
        if (_sent is not (Sent.Nothing or Sent.Ended) || KindOf(bytes) is not ((Sent.Read or Sent.Other) and var kind))
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _sent, kind, Sent.Nothing) == Sent.Ended && kind == Sent.Other)
        {
            throw new IOException("The connection was at its end before the request was sent.");
        }
    }

    private static Sent KindOf(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("GET "u8) || bytes.StartsWith("HEAD "u8) || bytes.StartsWith("OPTIONS "u8) ? Sent.Read
        : bytes.IndexOf((byte)'\n') is var end and >= 0 && bytes[..end].EndsWith(" HTTP/1.1\r"u8) ? Sent.Other
        : Sent.Nothing;

    private int Seen(int read, int wanted, bool isAhead)
    {
        if (read > 0)
        {
            _sent = Sent.Nothing;
        }
        else if (wanted > 0)
        {
            var sent = Interlocked.Exchange(ref _sent, Sent.Ended);
            if (sent == Sent.Other || (sent == Sent.Read && !isAhead))
            {
                throw new IOException("The upstream closed the connection without an answer.");
            }
        }

        return read;
    }
}
