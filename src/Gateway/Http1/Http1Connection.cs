using System.Buffers;
using System.Net;
using System.Net.Sockets;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Http1;

/// <summary>A connection to an upstream with what it has sent and nobody has read yet. One call has it at a time.</summary>
internal sealed class Http1Connection : IDisposable
{
    private const int FirstSize = 4096;
    private const int MostOfHead = 64 * 1024;   // as .NET's client

    private readonly Socket _socket;
    private SeriesTable.Series? _open;   // taken once, by Interlocked
    private byte[] _buffer = new byte[FirstSize];
    private (int Start, int End) _unread;
    private ReadOnlyMemory<byte> _unsent;
    private int _interim;                // bytes of heads before that of the answer
    private int _scanned;                // of what is unread: it has no end of a head
    private ValueTask<int>? _ahead;      // the read that was begun before the next call

    private Http1Connection(Socket socket, SeriesTable.Series? open)
    {
        (_socket, _open) = (socket, open);
        _socket.Blocking = false;   // for Begin
        open?.Add(1);
    }

    /// <summary>Whether anything has come since the last call was sent.</summary>
    public bool HasReceived { get; private set; }

    public bool HasSent => _unsent.IsEmpty;

    /// <summary>Since which round of its origin it waits for a call.</summary>
    public int IdleSince { get; set; }

    /// <summary>When the upstream may close it; <see langword="null"/> where it hasn't said.</summary>
    public long? UsableUntil { get; set; }

    /// <summary>Whether it waits for a call, and nothing has come since <see cref="TryReadAhead"/>, nor the end.</summary>
    public bool IsWaiting => _ahead is { IsCompleted: false };

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_unread.Start.._unread.End);

    /// <exception cref="HttpRequestException">There is none.</exception>
    public static async ValueTask<Http1Connection> OpenAsync(DnsEndPoint endPoint, SeriesTable.Series? open, CancellationToken cancellationToken)
    {
        try
        {
            return new Http1Connection(await UpstreamSocket.ConnectAsync(endPoint, cancellationToken), open);
        }
        catch (SocketException error)
        {
            var isUnknown = error.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData;
            throw new HttpRequestException(
                isUnknown ? HttpRequestError.NameResolutionError : HttpRequestError.ConnectionError, $"{error.Message} ({endPoint.Host}:{endPoint.Port})", error);
        }
    }

    /// <summary>Ends whatever is waited for when the token is cancelled, and the connection with it.</summary>
    public CancellationTokenRegistration AbortWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static connection => ((Http1Connection)connection!).Dispose(), this);

    /// <summary>
    /// Begins a call: a GET with a line of its own, and the fields behind it. What doesn't go at once is left for <see cref="SendAsync"/>. Mostly there is nothing: so it is written
    /// to memory that is warm, and not sent by way of what an asynchronous operation needs. That is a hundredth of what an aggregation of ten takes.
    /// </summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public void Begin(string path, ReadOnlyMemory<byte> fields)
    {
        HasReceived = false;
        _interim = 0;
        var length = Http1Request.LengthOf(path, fields);
        var request = ArrayPool<byte>.Shared.Rent(length);
        Http1Request.Write(path, fields.Span, request);
        var sent = _socket.Send(request.AsSpan(0, length), SocketFlags.None, out var error);
        _unsent = sent == length ? default : request.AsSpan(sent..length).ToArray();
        ArrayPool<byte>.Shared.Return(request);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            throw new SocketException((int)error);
        }
    }

    /// <summary>Sends what is left of the request. <see cref="Sent"/> is told how much it was.</summary>
    public ValueTask<int> SendAsync() => _socket.SendAsync(_unsent);

    public void Sent(int bytes) => _unsent = _unsent[bytes..];

    /// <summary>The next answer but for its body; <see langword="null"/> while its head hasn't come to its end.</summary>
    /// <exception cref="HttpRequestException">It can't be understood, or is too long.</exception>
    public HttpResponseMessage? ReadHead()
    {
        while (_interim < MostOfHead && AnswerHead.FindEnd(_buffer.AsSpan(_unread.Start.._unread.End), ref _scanned) is var length and >= 0)
        {
            var answer = AnswerHead.Parse(Unread[..length]);
            Advance(length);
            _scanned = 0;
            if (answer.StatusCode is < HttpStatusCode.Continue or >= HttpStatusCode.OK)
            {
                return answer;
            }

            _interim += length;
        }

        AnswerHead.CheckBeginning(Unread);
        return Unread.Length < MostOfHead - _interim
            ? null
            : throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, $"The head of the answer is longer than {MostOfHead} bytes.");
    }

    /// <summary>Reads what comes next behind what is unread. <see cref="Received"/> is told how much it was.</summary>
    public ValueTask<int> ReceiveAsync()
    {
        if (_ahead is not { } ahead)
        {
            return _socket.ReceiveAsync(FreeSpace());
        }

        _ahead = null;
        return ahead;
    }

    /// <exception cref="HttpIOException">Nothing: the upstream has closed the connection.</exception>
    public void Received(int bytes)
    {
        if (bytes == 0)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The upstream closed the connection before the end of its answer.");
        }

        HasReceived = true;
        _unread.End += bytes;
    }

    /// <summary>Reads what comes next to somewhere else, while nothing is unread. 0 at the end.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> destination) => _socket.ReceiveAsync(destination);

    public void Advance(int bytes)
    {
        _unread.Start += bytes;
        if (_unread.Start == _unread.End)
        {
            _unread = default;
        }
    }

    /// <summary>Begins to read while there is no call: so an end is seen. False where there is one, or something that nobody asked for.</summary>
    public bool TryReadAhead()
    {
        if (!Unread.IsEmpty)
        {
            return false;
        }

        if (_buffer.Length > FirstSize)
        {
            _buffer = new byte[FirstSize];
        }

        try
        {
#pragma warning disable CA2012 // waited for once, by the next call, or never
            _ahead = _socket.ReceiveAsync(_buffer.AsMemory());
#pragma warning restore CA2012
        }
        catch (ObjectDisposedException)
        {
            return false;   // its call was cancelled in the last moment
        }

        return IsWaiting;
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _open, null)?.Add(-1);
        _socket.Dispose();
    }

    private Memory<byte> FreeSpace()
    {
        if (_unread.End == _buffer.Length)
        {
            var unread = Unread;
            var larger = unread.Length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            unread.CopyTo(larger);
            (_buffer, _unread) = (larger, (0, unread.Length));
        }

        return _buffer.AsMemory(_unread.End);
    }
}
