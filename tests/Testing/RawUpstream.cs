using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EventGateway.Testing;

/// <summary>A TCP server on a free port of 127.0.0.1 that answers byte by byte as a test scripts it.</summary>
/// <example><code>
/// await using var upstream = RawUpstream.Start(async (request, connection) => await connection.RespondAsync("[]"));
/// </code></example>
public sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<RawRequest> _requests = [];
    private readonly Func<RawConnection, Task> _script;
    private readonly Task _serving;
    private int _connections;

    private RawUpstream(Func<RawConnection, Task> script)
    {
        _script = script;
        _listener.Start();
        _serving = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>http://127.0.0.1:port, without a path.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>The requests seen so far, in the order in which they were complete.</summary>
    public IReadOnlyList<RawRequest> Requests => [.. _requests];

    /// <summary>How many connections were accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Runs a script for each connection; it is closed when the script ends.</summary>
    public static RawUpstream Start(Func<RawConnection, Task> onConnection) => new(onConnection);

    /// <summary>Runs a script for each request, and keeps each connection until the client closes it or a script ends it.</summary>
    public static RawUpstream Start(Func<RawRequest, RawConnection, Task> onRequest) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is { } request)
        {
            await onRequest(request, connection);
        }
    });

    /// <summary>Stops listening, ends all scripts and waits for them.</summary>
    /// <exception cref="Exception">What a script threw, unless it only noticed that a connection had ended.</exception>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        try
        {
            await _serving;
        }
        finally
        {
            _stopping.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        List<Task> running = [];
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                running.Add(RunAsync(socket));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(running);
    }

    private async Task RunAsync(Socket socket)
    {
        await Task.Yield();   // a script may begin with a wait that blocks; the next connection is accepted all the same
        using var connection = new RawConnection(socket, _requests.Enqueue, _stopping.Token);
        try
        {
            await _script(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException || _stopping.IsCancellationRequested)
        {
            // The connection ended, by the script, by the client or with the test. An assertion that failed is none of these.
        }
    }
}
