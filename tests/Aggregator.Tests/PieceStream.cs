namespace EventGateway.Aggregator.Tests;

/// <summary>A body in the pieces that the test chose; after them it ends, breaks, or stalls until it is cancelled. It may wait for something before the first.</summary>
internal sealed class PieceStream(IEnumerable<byte[]> pieces, Exception? breaksWith = null, bool stalls = false, Task? opens = null) : Stream
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Queue<byte[]> _pieces = new(pieces);
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long BytesRead { get; private set; }

    /// <summary>Somebody wants the first piece.</summary>
    public Task Asked => _asked.Task;

    public Task Stalled => _stalled.Task;

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
        await Task.Yield();
        _asked.TrySetResult();
        await (opens ?? Task.CompletedTask).WaitAsync(cancellationToken);
        if (!_pieces.TryDequeue(out var piece))
        {
            if (stalls)
            {
                _stalled.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return breaksWith is null ? 0 : throw breaksWith;
        }

        var count = Math.Min(piece.Length, buffer.Length);
        piece.AsMemory(0, count).CopyTo(buffer);
        if (count < piece.Length)
        {
            var rest = _pieces.ToArray();
            _pieces.Clear();
            _pieces.Enqueue(piece[count..]);
            Array.ForEach(rest, _pieces.Enqueue);
        }

        BytesRead += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
