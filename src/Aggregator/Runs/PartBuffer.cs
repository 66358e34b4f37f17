using System.Buffers;

namespace EventGateway.Aggregator;

/// <summary>
/// The bytes of one part, in one rented array, which goes back when all who hold it have disposed of it, each once. Takes from the budget what
/// it holds.
/// </summary>
internal sealed class PartBuffer(long maxBytes, IByteBudget budget) : IDisposable
{
    private const int FirstSize = 4096;

    private byte[] _array = [];
    private int _length;
    private long _taken;   // from the budget; never less than _length
    private int _holders = 1;   // by Interlocked

    public int Length => _length;

    /// <summary>The bytes without a byte order mark.</summary>
    public ReadOnlySpan<byte> Text
    {
        get
        {
            ReadOnlySpan<byte> bytes = _array.AsSpan(0, _length);
            return bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        }
    }

    /// <summary>What the answer said about being kept.</summary>
    public required PartCaching Caching { get; init; }

    /// <summary>
    /// Makes room for a body whose length is known. The budget is charged at once, so that an upstream which
    /// announces much and sends nothing can't make us rent more than the budget.
    /// </summary>
    public bool TryReserve(long bytes)
    {
        if (bytes > maxBytes || !TryTakeUpTo(bytes))
        {
            return false;
        }

        Resize(bytes + 1);   // one more, so that the read which finds the end needs no new array
        return true;
    }

    /// <summary>Free space to read into, at least one byte.</summary>
    public Memory<byte> GetFree()
    {
        if (_length == _array.Length)
        {
            Resize(Math.Max(FirstSize, _array.Length * 2L));
        }

        return _array.AsMemory(_length);
    }

    /// <summary>Keeps bytes that were read into the free space, unless they are more than allowed.</summary>
    public bool TryKeep(int bytes)
    {
        if (_length + (long)bytes > maxBytes || !TryTakeUpTo(_length + (long)bytes))
        {
            return false;
        }

        _length += bytes;
        return true;
    }

    /// <summary>Gives it to so many instead of one. None of them may have it yet.</summary>
    public void ShareAmong(int holders) => _holders = holders;

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
        {
            return;
        }

        Return();
        _array = [];
        _length = 0;
        budget.GiveBack(_taken);
        _taken = 0;
    }

    private bool TryTakeUpTo(long bytes)
    {
        if (bytes > _taken)
        {
            if (!budget.TryTake(bytes - _taken))
            {
                return false;
            }

            _taken = bytes;
        }

        return true;
    }

    private void Resize(long size)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(size, Array.MaxLength));
        _array.AsSpan(0, _length).CopyTo(larger);
        Return();
        _array = larger;
    }

    private void Return()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
