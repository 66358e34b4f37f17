namespace EventGateway.Aggregator;

/// <summary>All that came of one step: one part, or a part for each distinct item. A failed part is absent.</summary>
internal sealed class StepAnswer
{
    private static readonly int[] OneSlot = [0];

    private readonly PartBuffer?[] _parts;
    private readonly int[] _slots;
    private readonly bool _isList;

    private StepAnswer(PartBuffer?[] parts, int[] slots, bool isList)
    {
        _parts = parts;
        _slots = slots;
        _isList = isList;
    }

    public IEnumerable<PartBuffer> Parts => _parts.OfType<PartBuffer>();

    /// <summary>The part of a step that isn't repeated; <see langword="null"/> when it failed.</summary>
    public PartBuffer? Single => _parts[0];

    /// <summary>Whether no part says anything about being kept.</summary>
    public bool SaysNothing => Array.TrueForAll(_parts, static part => part is null || ReferenceEquals(part.Caching, PartCaching.Nothing));

    public int Slots => _slots.Length;

    public int FailedSlots
    {
        get
        {
            var failed = 0;
            foreach (var slot in _slots)
            {
                failed += _parts[slot] is null ? 1 : 0;
            }

            return failed;
        }
    }

    public long Length
    {
        get
        {
            long length = _isList ? 2 + Math.Max(0, _slots.Length - 1) : 0;
            foreach (var slot in _slots)
            {
                length += TextOf(slot).Length;
            }

            return length;
        }
    }

    /// <param name="part">A place for one.</param>
    public static StepAnswer OfOne(PartBuffer?[] part) => new(part, OneSlot, isList: false);

    public static StepAnswer OfList(PartBuffer?[] parts, int[] slots) => new(parts, slots, isList: true);

    public void WriteTo(ref PieceWriter writer)
    {
        if (!_isList)
        {
            writer.Write(TextOf(0));
            return;
        }

        writer.Write("["u8);
        for (var i = 0; i < _slots.Length; i++)
        {
            if (i > 0)
            {
                writer.Write(","u8);
            }

            writer.Write(TextOf(_slots[i]));
        }

        writer.Write("]"u8);
    }

    /// <summary>Gives the buffers back to the pool, when the answer was written or nobody will write it.</summary>
    public void Release()
    {
        // Others may hold the same buffer: each gives back once what it was given once.
        foreach (ref var part in _parts.AsSpan())
        {
            part?.Dispose();
            part = null;
        }
    }

    private ReadOnlySpan<byte> TextOf(int slot) => _parts[slot] is { } part ? part.Text : "null"u8;
}
