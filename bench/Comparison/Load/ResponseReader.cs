using System.Buffers.Text;
using System.Text;

namespace EventGateway.Comparison.Load;

/// <summary>Finds the end of an HTTP/1.1 response in what a connection delivers piece by piece. Nothing is kept of the body.</summary>
internal sealed class ResponseReader
{
    private readonly byte[] _line = new byte[16 * 1024];   // the whole head, then each line of chunked framing
    private int _lineLength;
    private Part _part;
    private long _left;
    private bool _chunked;

    private enum Part
    {
        Head,
        Body,
        ChunkSize,
        Chunk,
        Trailer,
    }

    /// <summary>The status of the response that is being read, or that was read last.</summary>
    public int Status { get; private set; }

    /// <summary>Whether it says that the connection ends with it.</summary>
    public bool Closes { get; private set; }

    /// <summary>Takes what came; true when a response is complete with it.</summary>
    /// <exception cref="InvalidDataException">Not an answer to one request.</exception>
    public bool Read(ReadOnlySpan<byte> received)
    {
        while (received.Length > 0)
        {
            switch (_part)
            {
                case Part.Head when TakeThrough("\r\n\r\n"u8, ref received) is { Length: > 0 } head:
                    ReadHead(head);
                    _part = _chunked ? Part.ChunkSize : Part.Body;
                    if (!_chunked && _left == 0)
                    {
                        return Complete(received);
                    }

                    break;

                case Part.Body or Part.Chunk:
                    var taken = (int)Math.Min(_left, received.Length);
                    received = received[taken..];
                    _left -= taken;
                    if (_left == 0 && _part == Part.Body)
                    {
                        return Complete(received);
                    }

                    _part = _left == 0 ? Part.ChunkSize : _part;
                    break;

                case Part.ChunkSize when TakeThrough("\r\n"u8, ref received) is { Length: > 0 } line:
                    if (!Utf8Parser.TryParse(line, out int size, out _, 'x'))
                    {
                        throw new InvalidDataException("A chunk without its size.");
                    }

                    _left = size + 2;   // with the line break after it
                    _part = size == 0 ? Part.Trailer : Part.Chunk;
                    break;

                case Part.Trailer when TakeThrough("\r\n"u8, ref received) is { Length: > 0 } line:
                    if (line.Length == 2)
                    {
                        return Complete(received);
                    }

                    break;
            }
        }

        return false;
    }

    /// <summary>Begins anew, on another connection.</summary>
    public void Reset()
    {
        _part = Part.Head;
        _lineLength = 0;
    }

    private bool Complete(ReadOnlySpan<byte> rest)
    {
        Reset();
        return rest.IsEmpty ? true : throw new InvalidDataException("More came than was asked for.");
    }

    /// <summary>What has come up to and including <paramref name="end"/>; empty while that is missing.</summary>
    private ReadOnlySpan<byte> TakeThrough(ReadOnlySpan<byte> end, ref ReadOnlySpan<byte> received)
    {
        if (_lineLength == 0 && received.IndexOf(end) is >= 0 and var at)
        {
            var whole = received[..(at + end.Length)];
            received = received[whole.Length..];
            return whole;
        }

        while (received.Length > 0)
        {
            _line[_lineLength++] = received[0];   // longer than the buffer: not what these servers answer
            received = received[1..];
            if (_line.AsSpan(0, _lineLength).EndsWith(end))
            {
                var whole = _line.AsSpan(0, _lineLength);
                _lineLength = 0;
                return whole;
            }
        }

        return [];
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..], out int status, out _))
        {
            throw new InvalidDataException("Not an HTTP/1.1 response.");
        }

        (Status, _left, _chunked, Closes) = (status, 0, false, false);
        var framed = false;
        for (var rest = head[(head.IndexOf((byte)'\n') + 1)..]; rest.Length > 2;)
        {
            var line = rest[..rest.IndexOf((byte)'\n')];
            rest = rest[(line.Length + 1)..];
            if (ValueOf(line, "Content-Length"u8) is { Length: > 0 } length && Utf8Parser.TryParse(length, out long bytes, out _))
            {
                (_left, framed) = (bytes, true);
            }
            else if (ValueOf(line, "Transfer-Encoding"u8) is { Length: > 0 } coding)
            {
                _chunked = framed = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
            }
            else if (ValueOf(line, "Connection"u8) is { Length: > 0 } connection)
            {
                Closes = Ascii.EqualsIgnoreCase(connection, "close"u8);
            }
        }

        if (!framed)
        {
            throw new InvalidDataException("A response without a length.");
        }
    }

    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length > name.Length && line[name.Length] == ':' && Ascii.EqualsIgnoreCase(line[..name.Length], name) ? line[(name.Length + 1)..].Trim(" \r"u8) : [];
}
