using System.Buffers;
using System.Globalization;
using System.Net.Sockets;

namespace EventGateway.Gateway.Http1;

/// <summary>The body of an answer. At its end the connection goes back to where it came from; who leaves it before what has come reaches that end closes the connection.</summary>
internal sealed class AnswerBody(Http1Connection connection, AnswerContent content) : ForwardOnlyStream
{
    private const int LongestLine = 4096;         // of a chunk's size with its extensions, or of a field behind the last one
    private const int MostOfTrailers = 64 * 1024;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789ABCDEFabcdef"u8);

    private long _remaining = content.IsChunked ? 0 : content.Length ?? long.MaxValue;   // of the body, or of the chunk
    private Line _next = Line.ChunkSize;
    private int _trailers;
    private bool _isOver;

    private enum Line
    {
        ChunkSize,
        ChunkEnd,
        Trailer,
    }

    public override bool CanRead => true;

    /// <exception cref="IOException">It ended early, or its chunks can't be understood.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Take(buffer.Span) is var taken && (taken > 0 || _isOver || buffer.IsEmpty) ? new(taken) : ReceiveAsync(buffer, cancellationToken);

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isOver)
        {
            Drain();
        }

        base.Dispose(disposing);
    }

    // What has come with the head: most bodies, and none of those that are worth a wait.
    private void Drain()
    {
        Span<byte> nowhere = stackalloc byte[256];
        try
        {
            while (Take(nowhere) > 0)
            {
            }
        }
        catch (IOException)
        {
            // nobody reads it
        }

        if (!_isOver)
        {
            _isOver = true;
            connection.Dispose();
        }
    }

    // As much as there is.
    private int Take(Span<byte> destination)
    {
        var taken = 0;
        while (!_isOver)
        {
            if (_remaining == 0 && !content.IsChunked)
            {
                Finish();
                break;
            }

            if (_remaining == 0 && !TryBeginChunk())
            {
                break;
            }

            var piece = connection.Unread;
            piece = piece[..(int)Math.Min(piece.Length, Math.Min(_remaining, destination.Length - taken))];
            if (piece.IsEmpty)
            {
                break;
            }

            piece.CopyTo(destination[taken..]);
            connection.Advance(piece.Length);
            _remaining -= piece.Length;
            taken += piece.Length;
        }

        return taken;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (_remaining > 0)
                {
                    return await ReceiveDataAsync(buffer, cancellationToken);
                }

                using (connection.AbortWith(cancellationToken))
                {
                    connection.Received(await connection.ReceiveAsync());
                }

                if (Take(buffer.Span) is var taken && (taken > 0 || _isOver))
                {
                    return taken;
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException(error.Message, error);
        }
    }

    // Straight to where it belongs.
    private async ValueTask<int> ReceiveDataAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int received;
        using (connection.AbortWith(cancellationToken))
        {
            received = await connection.ReceiveAsync(buffer[..(int)Math.Min(buffer.Length, _remaining)]);
        }

        if (received == 0)
        {
            if (content.Length is not null || content.IsChunked)
            {
                connection.Received(0);
            }

            cancellationToken.ThrowIfCancellationRequested();   // that the connection was let go of is no end of the body
            Finish();
        }

        _remaining -= received;
        if (_remaining == 0 && !content.IsChunked)
        {
            Finish();
        }

        return received;
    }

    // RFC 9112 §7.1
    private bool TryBeginChunk()
    {
        while (TryReadLine(out var line))
        {
            switch (_next)
            {
                case Line.ChunkEnd when !line.IsEmpty:
                    throw Broken();
                case Line.ChunkEnd:
                    _next = Line.ChunkSize;
                    break;
                case Line.ChunkSize:
                    _remaining = SizeIn(line);
                    _next = _remaining > 0 ? Line.ChunkEnd : Line.Trailer;
                    break;
                case Line.Trailer when line.IsEmpty:
                    Finish();
                    return false;
                case Line.Trailer when !AnswerHead.IsField(line):
                    throw Broken();
                default:
                    _trailers += line.Length;
                    break;
            }

            if (_remaining > 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var unread = connection.Unread;
        var end = unread.IndexOf((byte)'\n');
        if ((end < 0 ? unread.Length : end) > LongestLine || _trailers > MostOfTrailers)
        {
            throw Broken();
        }

        line = end < 0 ? default : unread[..end];
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        connection.Advance(end + 1);
        return end >= 0;
    }

    private long SizeIn(ReadOnlySpan<byte> line)
    {
        var digits = (line.IndexOf((byte)';') is var extensions and >= 0 ? line[..extensions] : line).TrimEnd(" \t"u8);
        return !digits.ContainsAnyExcept(HexDigits) && long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) && size >= 0
            ? size
            : throw Broken();
    }

    private void Finish()
    {
        _isOver = true;
        content.Finish();
    }

    // Nobody knows where the answer ends: what comes next must not be taken for another.
    private HttpIOException Broken()
    {
        _isOver = true;
        connection.Dispose();
        return new(HttpRequestError.InvalidResponse, "The chunks of the answer can't be understood.");
    }
}
