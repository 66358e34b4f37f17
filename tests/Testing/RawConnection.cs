using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace EventGateway.Testing;

/// <summary>The server's end of one connection to a <see cref="RawUpstream"/>.</summary>
public sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly HttpReader _reader;
    private readonly Action<RawRequest> _seen;

    internal RawConnection(Socket socket, Action<RawRequest> seen, CancellationToken stopping)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new HttpReader(_stream);
        _seen = seen;
        Stopping = stopping;
    }

    /// <summary>Cancelled when the server is disposed of.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>The next request with its whole body; null when the client has closed the connection.</summary>
    /// <exception cref="IOException">The client reset the connection, or left within the request.</exception>
    public async Task<RawRequest?> ReadRequestAsync()
    {
        if (await _reader.ReadHeadAsync(Stopping) is not var (line, headers))
        {
            return null;
        }

        var (body, end) = await _reader.ReadBodyAsync(headers, untilClose: false, Stopping);
        if (end != RawEnd.Complete)
        {
            throw new IOException("The client left within the body.");
        }

        var request = new RawRequest(line, headers, body);
        _seen(request);
        return request;
    }

    /// <summary>Waits for the head of a request and as many bytes behind it, and leaves the rest.</summary>
    public async Task ReadBeginningAsync(int bytes)
    {
        await _reader.ReadHeadAsync(Stopping);
        await _reader.ReadExactlyAsync(new ArrayBufferWriter<byte>(), bytes, Stopping);
    }

    /// <summary>Sends these characters, one byte each.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes, Stopping).AsTask();

    /// <summary>Sends a whole response with a Content-Length.</summary>
    /// <param name="body">Its body, as UTF-8.</param>
    /// <param name="status">Its status and reason.</param>
    /// <param name="headers">Further header lines, each without its line end.</param>
    public Task RespondAsync(string body, string status = "200 OK", params IEnumerable<string> headers)
    {
        var content = Encoding.UTF8.GetBytes(body);
        IEnumerable<string> lines = [$"HTTP/1.1 {status}", $"Content-Length: {content.Length}", .. headers, "", ""];
        return SendAsync((byte[])[.. Encoding.Latin1.GetBytes(string.Join("\r\n", lines)), .. content]);
    }

    /// <summary>Waits until the client leaves, by closing or by resetting, and passes over what it still sends.</summary>
    /// <exception cref="OperationCanceledException">The server stopped first.</exception>
    public async Task<RawEnd> WaitForClientToLeaveAsync() => (await _reader.ReadToEndAsync(Stopping)).End;

    /// <summary>Ends our direction in order; the client sees the end of the stream after the last byte.</summary>
    public void Close() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _stream.Dispose();
}
