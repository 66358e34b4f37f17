using System.Net;
using System.Net.Sockets;

namespace EventGateway.Comparison.Load;

/// <summary>
/// A client with a fixed number of connections and one request to send, on one thread. Either each connection sends the next request as soon as
/// the last is answered (closed: as much as the server can do), or requests are due at a constant rate whatever the server does (open). A
/// request's time counts from when it was due: a server that stalls can't hide the requests that had to wait meanwhile.
/// </summary>
internal sealed class LoadGenerator : ILoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IPEndPoint _server;
    private readonly byte[] _request;
    private readonly int _expectedStatus;
    private readonly Epoll _epoll = new();
    private readonly Connection[] _connections;
    private readonly Stack<Connection> _idle;
    private readonly byte[] _buffer = new byte[256 * 1024];

    public LoadGenerator(int port, byte[] request, int expectedStatus, int connections)
    {
        _server = new IPEndPoint(IPAddress.Loopback, port);
        _request = request;
        _expectedStatus = expectedStatus;
        _connections = [.. Enumerable.Range(0, connections).Select(token => new Connection(token))];
        _idle = new Stack<Connection>(_connections);
        foreach (var connection in _connections)
        {
            Connect(connection);
        }
    }

    public LoadResult Run(TimeSpan duration, double? rate = null) => Run(duration, rate, int.MaxValue);

    /// <summary>Sends so many requests, each connection the next one as soon as the last is answered.</summary>
    public LoadResult Run(int requests) => Run(TimeSpan.FromDays(1), null, requests);

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Socket.Dispose();
        }

        _epoll.Dispose();
    }

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    private LoadResult Run(TimeSpan duration, double? rate, int requests)
    {
        var result = new LoadResult(rate is { } perSecond ? (int)(perSecond * duration.TotalSeconds) + 1 : 65_536);
        var begun = Now;
        var end = begun + duration;
        var interval = rate is { } given ? TimeSpan.FromSeconds(1 / given) : TimeSpan.Zero;
        var due = begun;
        var lastAnswer = begun;
        var left = requests;
        while (true)
        {
            var now = Now;
            while (left > 0 && _idle.Count > 0 && due < end && (rate is null ? now < end : due <= now))
            {
                var connection = _idle.Pop();
                connection.Due = rate is null ? now : due;
                Send(connection, result);
                due += interval;
                left--;
            }

            if (_idle.Count == _connections.Length && (left == 0 || (rate is null ? now >= end : due >= end)))
            {
                break;
            }

            if (now - lastAnswer > Patience)
            {
                throw new TimeoutException($"{_server} has not answered for {Patience.TotalSeconds:0} s.");
            }

            var ready = _epoll.Wait(rate is not null && _idle.Count > 0 && due < end ? due - now : Patience);
            now = Now;
            for (var i = 0; i < ready; i++)
            {
                var connection = _connections[_epoll.Token(i)];
                if (Receive(connection, result))
                {
                    result.Add(now - connection.Due, connection.Reader.Status == _expectedStatus);
                    lastAnswer = now;
                    _idle.Push(connection);
                }
            }
        }

        result.Duration = lastAnswer - begun;
        return result;
    }

    private void Connect(Connection connection)
    {
        connection.Socket.Dispose();
        connection.Reader.Reset();
        connection.Socket = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        connection.Socket.Connect(_server);
        connection.Socket.Blocking = false;
        _epoll.Add(connection.Socket, connection.Token);
    }

    private void Send(Connection connection, LoadResult result)
    {
        // A server may have closed it while nothing was sent.
        var sent = connection.Socket.Send(_request, SocketFlags.None, out var error);
        if (error != SocketError.Success)
        {
            result.Reconnects++;
            Connect(connection);
            sent = connection.Socket.Send(_request);
        }

        if (sent < _request.Length)
        {
            connection.Socket.Blocking = true;
            connection.Socket.Send(_request.AsSpan(sent));
            connection.Socket.Blocking = false;
        }
    }

    private bool Receive(Connection connection, LoadResult result)
    {
        var received = connection.Socket.Receive(_buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return false;
        }

        if (error != SocketError.Success || received == 0)
        {
            result.Reconnects++;
            Connect(connection);
            if (!_idle.Contains(connection))
            {
                Send(connection, result);   // it was closed under a request: the client asks again, and the time counts on
            }

            return false;
        }

        if (!connection.Reader.Read(_buffer.AsSpan(0, received)))
        {
            return false;
        }

        if (connection.Reader.Closes)
        {
            result.Reconnects++;
            Connect(connection);
        }

        return true;
    }

    private sealed class Connection(int token)
    {
        public int Token { get; } = token;

        public Socket Socket { get; set; } = new(SocketType.Stream, ProtocolType.Tcp);

        public ResponseReader Reader { get; } = new();

        public TimeSpan Due { get; set; }
    }
}
