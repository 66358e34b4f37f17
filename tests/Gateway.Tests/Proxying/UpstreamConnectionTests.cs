using System.Net;
using System.Net.Sockets;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Tests.Proxying;

public sealed class UpstreamConnectionTests : IDisposable
{
    private const string Cluster = "event-api";

    private static readonly BusyPolling Polling = new(new InFlightRequests());

    private readonly SeriesTable _connections = new("cluster");
    private readonly TcpListener _upstream = new(IPAddress.Loopback, 0);

    public UpstreamConnectionTests()
    {
        _connections.Declare([(Cluster, "", "")]);
        _upstream.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private long Open => _connections.CountOf(Cluster);

    public void Dispose() => _upstream.Dispose();

    [Fact]
    public async Task Connection_FromOpenToClosed_IsCountedOnce()
    {
        var first = await OpenAsync();
        Assert.Equal(1, Open);

        var second = await OpenAsync();
        Assert.Equal(2, Open);

        await first.DisposeAsync();
        await first.DisposeAsync();
        Assert.Equal(1, Open);

        await second.DisposeAsync();
        Assert.Equal(0, Open);
    }

    [Fact]
    public async Task Connection_ThatIsRefused_CountsNothing()
    {
        var target = Target;
        _upstream.Stop();
        await Assert.ThrowsAsync<SocketException>(() => UpstreamConnection.OpenAsync(target, Polling, _connections.Find(Cluster), Token).AsTask());
        Assert.Equal(0, Open);
    }

    [Fact]
    public async Task Connection_OfAClusterThatIsGone_IsOpenedAllTheSame()
    {
        await using var connection = await UpstreamConnection.OpenAsync(Target, Polling, open: null, Token);
        Assert.True(connection.CanRead);
    }

    private DnsEndPoint Target => new(IPAddress.Loopback.ToString(), ((IPEndPoint)_upstream.LocalEndpoint).Port);

    private Task<Stream> OpenAsync() => UpstreamConnection.OpenAsync(Target, Polling, _connections.Find(Cluster), Token).AsTask();
}
