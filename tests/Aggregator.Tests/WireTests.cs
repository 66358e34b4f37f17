using System.Net;
using System.Net.Sockets;

namespace EventGateway.Aggregator.Tests;

/// <summary>What .NET's own HTTP client makes of bytes on a socket: the facts that the judging of parts rests on.</summary>
public sealed class WireTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nConnection: close\r\n";

    [Theory]
    [InlineData(Good + "Content-Length: 1\r\n\r\n1", PartOutcome.Success)]
    [InlineData(Good + "\r\n1", PartOutcome.Success)]
    [InlineData(Good + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n1", PartOutcome.Success)]
    [InlineData(Good + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n11", PartOutcome.BadFraming)]
    [InlineData(Good + "Content-Length: 1, 2\r\n\r\n11", PartOutcome.BadFraming)]
    [InlineData(Good + "Content-Length: x\r\n\r\n1", PartOutcome.BadFraming)]
    [InlineData(Good + "Content-Length: 5\r\n\r\n1", PartOutcome.Body)]
    [InlineData(Good + "Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n", PartOutcome.Body)]
    [InlineData(Good + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", PartOutcome.Body)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", PartOutcome.BadStatus)]
    [InlineData("this is not HTTP\r\n\r\n", PartOutcome.BadResponse)]
    [InlineData("HTTP/1.1 200 OK\r\nConnec", PartOutcome.Transport)]
    [InlineData("", PartOutcome.Transport)]
    public async Task RunAsync_BytesOnTheWire_HaveTheirOutcome(string answer, PartOutcome expected)
    {
        await using var server = new CannedServer(answer);
        using var upstream = new SocketUpstream(server.Endpoint);

        using var _ = await Plan().RunAsync([], upstream, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(expected, upstream.Outcome);
    }

    [Fact]
    public async Task RunAsync_NobodyListens_IsAConnectFailure()
    {
        IPEndPoint endpoint;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            endpoint = (IPEndPoint)listener.LocalEndpoint;
        }

        using var upstream = new SocketUpstream(endpoint);
        using var _ = await Plan().RunAsync([], upstream, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(PartOutcome.Connect, upstream.Outcome);
    }

    private static AggregationPlan Plan() => AggregationPlan.Compile(
        "wire",
        new()
        {
            Match = { Path = "/wire" },
            Steps = [new() { Id = "only", Cluster = "c", Path = "/" }],
            Output = new() { Step = "only" },
        },
        [])!;

    private sealed class SocketUpstream(IPEndPoint endpoint) : IUpstream, IDisposable
    {
        private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

        public PartOutcome? Outcome { get; private set; }

        public async Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"http://{endpoint}{call.Path}");
            return await _invoker.SendAsync(request, cancellationToken);
        }

        public void Finished(UpstreamCall call, PartResult result) => Outcome = result.Outcome;

        public UInt128 CallerOf(StepPlan step) => 0;

        public IUpstream Detach(StepPlan step) => this;

        public void Joined(UpstreamCall call, IUpstream way)
        {
        }

        public void Dispose() => _invoker.Dispose();
    }
}
