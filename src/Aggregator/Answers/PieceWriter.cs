using System.Buffers;

namespace EventGateway.Aggregator;

/// <summary>Many small pieces one behind the other: a server's writer is asked for room once for all that fit into it, and not for each comma.</summary>
internal ref struct PieceWriter(IBufferWriter<byte> writer)
{
    private Span<byte> _room;
    private int _used;

    public void Write(ReadOnlySpan<byte> piece)
    {
        while (piece.Length > _room.Length - _used)
        {
            var fits = _room.Length - _used;
            piece[..fits].CopyTo(_room[_used..]);
            piece = piece[fits..];
            _used += fits;
            Flush();
            _room = writer.GetSpan();
        }

        piece.CopyTo(_room[_used..]);
        _used += piece.Length;
    }

    /// <summary>Hands over what was written; nothing is before.</summary>
    public void Flush()
    {
        if (_used > 0)
        {
            writer.Advance(_used);
        }

        _room = [];
        _used = 0;
    }
}
