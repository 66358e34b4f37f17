namespace EventGateway.Gateway.Requests;

/// <summary>
/// A request's body on its way to the upstream. It ends with a 413 once it is longer than <paramref name="limit"/> (Kestrel would count
/// the framing of chunks as well), and notes when its reader gave up waiting for the client.
/// </summary>
internal sealed class WatchedBody(Stream body, long limit) : Stream
{
    private long _length;
    private volatile bool _starved;

    /// <summary>A read was cancelled before the client had sent anything more.</summary>
    public bool Starved => _starved;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await body.ReadAsync(buffer, cancellationToken);
            _length += read;
            return _length <= limit ? read : throw new BadHttpRequestException("The body is too long.", StatusCodes.Status413PayloadTooLarge);
        }
        catch (OperationCanceledException)
        {
            _starved = true;
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
