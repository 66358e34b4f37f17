using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventGateway.Testing;

/// <summary>One TCP connection to a local server, for sending exact bytes. Every wait ends after half a minute.</summary>
public sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly HttpReader _reader;

    private RawClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new HttpReader(_stream);
    }

    public static async Task<RawClient> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return new RawClient(socket);
    }

    /// <summary>Sends these characters, one byte each.</summary>
    public Task SendAsync(string text, CancellationToken cancellationToken) =>
        SendAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _stream.WriteAsync(bytes, cancellationToken).AsTask();

    /// <summary>Reads one response. One that is cut short within its body says so in <see cref="RawResponse.End"/>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="toHead">Whether it answers a HEAD, and so has no body.</param>
    /// <exception cref="IOException">The connection ended before the end of the headers.</exception>
    public async Task<RawResponse> ReadResponseAsync(CancellationToken cancellationToken, bool toHead = false)
    {
        using var limit = Limit(cancellationToken);
        var (status, headers) = await ReadHeadAsync(limit.Token);
        if (toHead || status is < 200 or 204 or 304)
        {
            return new RawResponse(status, headers, [], RawEnd.Complete);
        }

        var (body, end) = await _reader.ReadBodyAsync(headers, untilClose: true, limit.Token);
        return new RawResponse(status, headers, body, end);
    }

    /// <summary>Reads the headers of a response and the given number of the bytes behind them, for a response that doesn't end.</summary>
    public async Task<RawResponse> ReadPartialResponseAsync(int bodyBytes, CancellationToken cancellationToken)
    {
        using var limit = Limit(cancellationToken);
        var (status, headers) = await ReadHeadAsync(limit.Token);
        var body = new ArrayBufferWriter<byte>();
        await _reader.ReadExactlyAsync(body, bodyBytes, limit.Token);
        return new RawResponse(status, headers, body.WrittenSpan.ToArray(), RawEnd.Complete);
    }

    /// <summary>Reads whatever comes until the server ends the connection, and how it does.</summary>
    public async Task<(byte[] Bytes, RawEnd End)> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using var limit = Limit(cancellationToken);
        return await _reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>Ends our direction in order; the server can still answer.</summary>
    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _stream.Dispose();

    private static CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        return limit;
    }

    private async Task<(int Status, RawHeaders Headers)> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var (line, headers) = await _reader.ReadHeadAsync(cancellationToken) ?? throw new EndOfStreamException("No response came.");
        return (int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), headers);
    }
}
