using System.Net.Sockets;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>One thread waits for all sockets, and does what follows: nobody has it for themselves.</summary>
public sealed class FairnessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly byte[] Request = "GET /health HTTP/1.1\r\nHost: flood\r\n\r\n"u8.ToArray();
    private static readonly byte[] ManyRequests = [.. Enumerable.Repeat(Request, 2_000).SelectMany(request => request)];

    [Fact]
    public async Task Flood_OfRequestsThatNobodyWaitsFor_LeavesTimeForOthers()
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = "http://127.0.0.1:9", ["ACCESS_LOG"] = "false", ["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1" },
        });
        using var flood = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await flood.ConnectAsync("127.0.0.1", gateway.Port, TestContext.Current.CancellationToken);

        // After its first answer the connection waits, and its next bytes come by the thread that waits for sockets.
        var answer = new byte[4_096];
        await flood.SendAsync(Request, TestContext.Current.CancellationToken);
        await flood.ReceiveAsync(answer, TestContext.Current.CancellationToken);
        await gateway.GetJsonAsync("/health");
        var sending = new Thread(() => Repeat(() => flood.Send(ManyRequests)));
        var taking = new Thread(() => Repeat(() => flood.Receive(new byte[1 << 20])));
        sending.Start();
        taking.Start();

        for (var i = 0; i < 20; i++)
        {
            // With a connection of its own each.
            using var client = new HttpClient { BaseAddress = gateway.Client.BaseAddress, Timeout = Patience };
            using var response = await client.GetAsync("/health", TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode);
        }

        flood.Dispose();
        sending.Join();
        taking.Join();
    }

    // Until the socket is closed.
    private static void Repeat(Func<int> step)
    {
        try
        {
            while (step() > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
