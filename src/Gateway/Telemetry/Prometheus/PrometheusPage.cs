using System.Buffers;

namespace EventGateway.Gateway.Telemetry.Prometheus;

/// <summary>
/// One page, in memory of the pool. Those who scrape at the same time send the same page, so that each holds it as long as it sends;
/// the memory goes back when the last has let go. A page that somebody forgets is the garbage collector's.
/// </summary>
internal sealed class PrometheusPage : IBufferWriter<byte>, IDisposable
{
    // Pieces instead of one array: what grows needn't be copied, and none is large enough for the large object heap.
    private const int PieceSize = 64 * 1024;

    private readonly List<(byte[] Memory, int Length)> _full = [];
    private byte[] _piece = [];
    private int _used;
    private int _holders = 1;   // by Interlocked

    public int Length => _full.Sum(piece => piece.Length) + _used;

    /// <summary>One holder more; each disposes of the page once. Only who holds it can share it.</summary>
    public void Share() => Interlocked.Increment(ref _holders);

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Clear();
        }
    }

    public void Clear()
    {
        foreach (var (memory, _) in _full)
        {
            ArrayPool<byte>.Shared.Return(memory);
        }

        if (_piece.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_piece);
        }

        _full.Clear();
        _piece = [];
        _used = 0;
    }

    public async Task CopyToAsync(Stream destination, CancellationToken cancellationToken)
    {
        foreach (var (memory, length) in _full)
        {
            await destination.WriteAsync(memory.AsMemory(0, length), cancellationToken);
        }

        await destination.WriteAsync(_piece.AsMemory(0, _used), cancellationToken);
    }

    public void Advance(int count) => _used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_piece.Length - _used < Math.Max(sizeHint, 1))
        {
            if (_piece.Length > 0)
            {
                _full.Add((_piece, _used));
            }

            _piece = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, PieceSize));
            _used = 0;
        }

        return _piece.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
