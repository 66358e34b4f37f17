using System.Net.Sockets;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Tests.Requests;

public sealed class BusyPollingTests
{
    [Fact]
    public void Poll_ConnectionIsCut_IsLeftToWhoReads()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Dispose();
        var requests = new InFlightRequests();
        using var request = requests.Begin(new DefaultHttpContext());
        BusyPolling.Backoff backoff = default;

        new BusyPolling(requests).AwaitAnswer(socket, ref backoff);

        Assert.Equal(1, LeftAlone(ref backoff));
    }

    [Fact]
    public void Backoff_LookedInVain_LeavesAloneTwiceAsOftenEachTime()
    {
        BusyPolling.Backoff backoff = default;
        Assert.Equal(0, LeftAlone(ref backoff));
        foreach (var times in new[] { 1, 2, 4, 8, 16, 32, 64, 64, 64 })
        {
            backoff.Learn(found: false);
            Assert.Equal(times, LeftAlone(ref backoff));
        }
    }

    [Fact]
    public void Backoff_FoundSomething_LooksAgain()
    {
        BusyPolling.Backoff backoff = default;
        backoff.Learn(found: false);
        backoff.Learn(found: false);
        LeftAlone(ref backoff);

        backoff.Learn(found: true);
        Assert.Equal(0, LeftAlone(ref backoff));
        backoff.Learn(found: false);
        Assert.Equal(1, LeftAlone(ref backoff));
    }

    private static int LeftAlone(ref BusyPolling.Backoff backoff)
    {
        var times = 0;
        while (backoff.ShouldSkip())
        {
            times++;
        }

        return times;
    }
}
