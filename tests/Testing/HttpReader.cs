using System.Buffers;
using System.Globalization;
using System.Text;

namespace EventGateway.Testing;

/// <summary>How the other side left off.</summary>
public enum RawEnd
{
    /// <summary>The message was complete; the connection may be open.</summary>
    Complete,

    /// <summary>The connection was closed in order.</summary>
    Closed,

    /// <summary>The connection was reset.</summary>
    Reset,
}

/// <summary>Reads HTTP/1.1 messages as they come, judging as little as possible.</summary>
internal sealed class HttpReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>The start line and the headers; null when the connection ended before the first byte.</summary>
    /// <exception cref="IOException">The connection was reset, or ended within the head.</exception>
    public async Task<(string StartLine, RawHeaders Headers)?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken))
        {
            return null;
        }

        var startLine = await ReadLineAsync(cancellationToken);
        List<RawHeader> headers = [];
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(new RawHeader(line[..colon], line[(colon + 1)..].Trim()));
        }

        return (startLine, new RawHeaders(headers));
    }

    /// <summary>A body as the headers frame it; what came of it, if the connection ends too soon.</summary>
    /// <param name="headers">The headers of the message.</param>
    /// <param name="untilClose">Whether a body without a frame lasts until the connection ends, as in a response.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(byte[] Body, RawEnd End)> ReadBodyAsync(RawHeaders headers, bool untilClose, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        var end = await EndOfAsync(ReadAsync());
        return (body.WrittenSpan.ToArray(), end);

        Task ReadAsync() =>
            headers["Transfer-Encoding"]?.EndsWith("chunked", StringComparison.OrdinalIgnoreCase) == true
                ? ReadChunksAsync(body, cancellationToken)
            : headers["Content-Length"] is { } length
                ? ReadExactlyAsync(body, long.Parse(length, CultureInfo.InvariantCulture), cancellationToken)
            : untilClose
                ? ReadExactlyAsync(body, long.MaxValue, cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>Everything until the other side ends the connection, and how it does.</summary>
    public async Task<(byte[] Bytes, RawEnd End)> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var end = await EndOfAsync(ReadExactlyAsync(bytes, long.MaxValue, cancellationToken));
        return (bytes.WrittenSpan.ToArray(), end);
    }

    /// <exception cref="EndOfStreamException">The connection was closed before so many bytes.</exception>
    /// <exception cref="IOException">The connection was reset.</exception>
    public async Task ReadExactlyAsync(IBufferWriter<byte> target, long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (!await FillAsync(cancellationToken))
            {
                throw new EndOfStreamException();
            }

            var taken = (int)Math.Min(count, _end - _start);
            target.Write(_buffer.AsSpan(_start, taken));
            _start += taken;
            count -= taken;
        }
    }

    private static async Task<RawEnd> EndOfAsync(Task reading)
    {
        try
        {
            await reading;
            return RawEnd.Complete;
        }
        catch (EndOfStreamException)
        {
            return RawEnd.Closed;
        }
        catch (IOException)
        {
            return RawEnd.Reset;
        }
    }

    private async Task ReadChunksAsync(ArrayBufferWriter<byte> body, CancellationToken cancellationToken)
    {
        int size;
        do
        {
            var line = await ReadLineAsync(cancellationToken);
            size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await ReadExactlyAsync(body, size, cancellationToken);
            while (await ReadLineAsync(cancellationToken) is { Length: > 0 })
            {
                // The empty line behind a chunk; behind the last one, trailers come first, which no test asks for.
            }
        }
        while (size > 0);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (await FillAsync(cancellationToken))
        {
            var next = (char)_buffer[_start++];   // Latin-1: one byte, one character
            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(next);
        }

        throw new EndOfStreamException();
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await stream.ReadAsync(_buffer, cancellationToken);
        }

        return _start < _end;
    }
}
