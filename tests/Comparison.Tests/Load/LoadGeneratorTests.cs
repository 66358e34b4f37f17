using System.Net;
using System.Net.Sockets;
using EventGateway.Comparison.Load;

namespace EventGateway.Comparison.Tests.Load;

public sealed class LoadGeneratorTests
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();
    private static readonly byte[] Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
    private static readonly byte[] Closing = "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

    [Fact]
    public void Run_ServerStallsAtAConstantRate_TimesOfTheOthersCountFromWhenTheyWereDue()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load generator needs epoll.");
        var stall = TimeSpan.FromMilliseconds(100);
        using var server = new Server((socket, index) =>
        {
            if (index == 0)
            {
                var begun = TimeProvider.System.GetTimestamp();   // a timer may be a tick early; by the clock of the times it lasts at least so long
                SpinWait.SpinUntil(() => TimeProvider.System.GetElapsedTime(begun) >= stall);
            }

            socket.Send(Ok);
            return true;
        });
        using var load = new LoadGenerator(server.Port, Request, 200, connections: 1);
        var result = load.Run(TimeSpan.FromMilliseconds(50), rate: 100);   // due at 0, 10, 20, 30 and 40 ms
        Assert.Equal(5, result.Times.Count);
        Assert.All(result.Times, (time, index) => Assert.True(time >= stall - TimeSpan.FromMilliseconds(10 * index), $"{index}: {time}"));
    }

    [Fact]
    public void Run_ServerClosesEachConnection_AllIsAnsweredAndNoted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load generator needs epoll.");
        using var server = new Server((socket, _) =>
        {
            socket.Send(Closing);
            return false;
        });
        using var load = new LoadGenerator(server.Port, Request, 200, connections: 2);
        var result = load.Run(TimeSpan.FromMilliseconds(50), rate: 100);
        Assert.Equal(5, result.Times.Count);
        Assert.Equal(5, result.Unexpected);
        Assert.True(result.Reconnects >= 5, $"{result.Reconnects}");
    }

    [Fact]
    public void Run_NumberOfRequests_SendsThatManyAndWaitsForTheLast()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load generator needs epoll.");
        using var server = new Server((socket, _) =>
        {
            socket.Send(Ok);
            return true;
        });
        using var load = new LoadGenerator(server.Port, Request, 200, connections: 3);
        Assert.Equal(10, load.Run(10).Times.Count);
        Assert.Equal(2, load.Run(2).Times.Count);   // fewer than there are connections
    }

    /// <summary>Answers each request, of a few bytes, by a function that tells whether the connection stays.</summary>
    private sealed class Server : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Func<Socket, int, bool> _answer;
        private int _requests;

        public Server(Func<Socket, int, bool> answer)
        {
            _answer = answer;
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            new Thread(AcceptAll) { IsBackground = true }.Start();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose() => _listener.Dispose();

        private void AcceptAll()
        {
            try
            {
                while (true)
                {
                    var socket = _listener.Accept();
                    new Thread(() => Serve(socket)) { IsBackground = true }.Start();
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // disposed
            }
        }

        private void Serve(Socket socket)
        {
            using (socket)
            {
                var buffer = new byte[1024];
                while (socket.Receive(buffer, SocketFlags.None, out _) > 0 && _answer(socket, Interlocked.Increment(ref _requests) - 1))
                {
                }
            }
        }
    }
}
