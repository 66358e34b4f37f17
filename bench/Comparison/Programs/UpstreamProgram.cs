using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EventGateway.Comparison.Load;

namespace EventGateway.Comparison.Programs;

/// <summary>
/// The event API with constant answers, on one thread and without HTTP's finer points: cheap enough not to be what is measured.
/// <c>/getUsers</c> has 238 bytes, <c>/getEvents</c> 64 kB, <c>/getUserById/{count}-{delay}</c> a user with that many events, each of which takes
/// <c>delay</c> milliseconds, and <c>POST /addEvent</c> succeeds unless its body says <c>fail</c>.
/// </summary>
internal sealed class UpstreamProgram : IDisposable
{
    public const int SmallBody = 238;
    public const int LargeBody = 64 * 1024;

    private const int MaxEvents = 1_000;

    private static readonly byte[] Users = Json(Padded("[{\"id\":1,\"userName\":\"user1\",\"events\":[]}", SmallBody));
    private static readonly byte[] Events = Json(Padded("[{\"id\":1,\"name\":\"Event 1\",\"userId\":1}", LargeBody));
    private static readonly byte[] Success = Json("""{"success":true}""");
    private static readonly byte[] Failure = Json("""{"success":false}""", "500 Internal Server Error");
    private static readonly byte[] NotFound = Json("{}", "404 Not Found");
    private static readonly byte[][] Event = [.. Enumerable.Range(0, MaxEvents).Select(id => Json(EventBody(id)))];

    private readonly Epoll _epoll = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Connection?> _connections = [null];   // token 0 is the listener
    private readonly Stack<int> _freeTokens = [];
    private readonly PriorityQueue<(Connection Connection, byte[] Answer), TimeSpan> _delayed = new();
    private readonly Dictionary<(int, int), byte[]> _users = [];

    /// <summary>An event of a user, as this upstream answers.</summary>
    public static string EventBody(int id) => $$"""{"id":{{id}},"name":"Event {{id}}","userId":1,"details":"This is the first event"}""";

    /// <summary>Serves until its standard input ends: with whoever started it.</summary>
    public static async Task RunAsync(int port)
    {
        var thread = new Thread(() =>
        {
            using var upstream = new UpstreamProgram();
            upstream.Serve(port);
        })
        { IsBackground = true };
        thread.Start();
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _epoll.Dispose();
    }

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    private static string Padded(string list, int length) => $"{list}{new string(' ', length - list.Length - 1)}]";

    private static byte[] Json(string body, string status = "200 OK") =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private void Serve(int port)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(4_096);
        _listener.Blocking = false;
        _epoll.Add(_listener, 0);
        while (true)
        {
            var wait = TimeSpan.FromMinutes(1);
            while (_delayed.TryPeek(out var next, out var due))
            {
                wait = due - Now;
                if (wait > TimeSpan.Zero)
                {
                    break;
                }

                _delayed.Dequeue();
                Send(next.Connection, next.Answer);
                wait = TimeSpan.FromMinutes(1);
            }

            var ready = _epoll.Wait(wait);
            for (var i = 0; i < ready; i++)
            {
                if (_epoll.Token(i) is > 0 and var token)
                {
                    Receive(_connections[token]!);
                }
                else
                {
                    Accept();
                }
            }
        }
    }

    private void Accept()
    {
        var socket = _listener.Accept();
        socket.NoDelay = true;
        socket.Blocking = false;
        socket.SendBufferSize = 2 * LargeBody;   // a whole answer has room: no send is ever partial
        if (!_freeTokens.TryPop(out var token))
        {
            token = _connections.Count;
            _connections.Add(null);
        }

        _connections[token] = new Connection(socket, token);
        _epoll.Add(socket, token);
    }

    private void Receive(Connection connection)
    {
        var received = connection.Socket.Receive(connection.Buffer.AsSpan(connection.Filled), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        if (error != SocketError.Success || received == 0)
        {
            connection.Socket.Dispose();
            _connections[connection.Token] = null;
            _freeTokens.Push(connection.Token);
            return;
        }

        connection.Filled += received;
        var bytes = connection.Buffer.AsSpan(0, connection.Filled);
        if (IsComplete(bytes))
        {
            connection.Filled = 0;   // the proxies wait for an answer before the next request
            Answer(connection, bytes);
        }
    }

    private static bool IsComplete(ReadOnlySpan<byte> request)
    {
        if (request.IndexOf("\r\n\r\n"u8) is not (>= 0 and var end))
        {
            return false;
        }

        if (request[0] == 'G')
        {
            return true;
        }

        ReadOnlySpan<byte> name = "content-length:"u8;
        for (var rest = request[..end]; rest.IndexOf((byte)'\n') is >= 0 and var at;)
        {
            rest = rest[(at + 1)..];
            if (rest.Length > name.Length && Ascii.EqualsIgnoreCase(rest[..name.Length], name))
            {
                return Utf8Parser.TryParse(rest[name.Length..].TrimStart((byte)' '), out int length, out _) && request.Length >= end + 4 + length;
            }
        }

        return request.EndsWith("0\r\n\r\n"u8);   // chunked
    }

    private void Answer(Connection connection, ReadOnlySpan<byte> request)
    {
        var target = request[(request.IndexOf((byte)' ') + 1)..];
        target = target[..target.IndexOf((byte)' ')];
        if (target.StartsWith("/getEventById/"u8))
        {
            var (id, delay) = Numbers(target["/getEventById/"u8.Length..]);
            if (delay == 0)
            {
                Send(connection, Event[id]);
            }
            else
            {
                _delayed.Enqueue((connection, Event[id]), Now + TimeSpan.FromMilliseconds(delay));
            }
        }
        else if (target.StartsWith("/getUserById/"u8))
        {
            Send(connection, User(Numbers(target["/getUserById/"u8.Length..])));
        }
        else
        {
            Send(connection, target switch
            {
                _ when target.SequenceEqual("/getUsers"u8) => Users,
                _ when target.SequenceEqual("/getEvents"u8) => Events,
                _ when target.SequenceEqual("/addEvent"u8) => request.IndexOf("fail"u8) >= 0 ? Failure : Success,
                _ => NotFound,
            });
        }
    }

    private byte[] User((int Count, int Delay) key)
    {
        if (!_users.TryGetValue(key, out var user))
        {
            var events = string.Join(',', Enumerable.Range(0, key.Count).Select(id => $"\"{id}-{key.Delay}\""));
            _users[key] = user = Json($$"""{"userName":"user1","id":1,"email":"hello@gmail.com","events":[{{events}}]}""");
        }

        return user;
    }

    /// <summary>Both of <c>17-50</c>.</summary>
    private static (int First, int Second) Numbers(ReadOnlySpan<byte> text)
    {
        return Utf8Parser.TryParse(text, out int first, out var length) && Utf8Parser.TryParse(text[(length + 1)..], out int second, out _)
            ? (Math.Clamp(first, 0, MaxEvents - 1), second)
            : throw new InvalidDataException("A path that no peer should ask for.");
    }

    private static void Send(Connection connection, byte[] answer)
    {
        var sent = connection.Socket.Send(answer, SocketFlags.None, out var error);
        if (error == SocketError.Success && sent < answer.Length)
        {
            throw new InvalidOperationException("The send buffer has no room for an answer.");
        }
    }

    private sealed class Connection(Socket socket, int token)
    {
        public Socket Socket { get; } = socket;

        public int Token { get; } = token;

        public byte[] Buffer { get; } = new byte[16 * 1024];

        public int Filled { get; set; }
    }
}
