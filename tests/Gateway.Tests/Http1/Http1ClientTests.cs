using System.Diagnostics.Metrics;
using System.Net;
using EventGateway.Gateway.Http1;
using EventGateway.Gateway.Proxying;
using EventGateway.Testing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Tests.Http1;

/// <summary>Which calls are this client's.</summary>
public sealed class Http1ClientTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Http1Client _client;

    public Http1ClientTests() => _client = new(new UpstreamMetrics(_services.GetRequiredService<IMeterFactory>()), new ManualClock());

    public static TheoryData<HttpClientConfig?> ClientsWithMore => new(
        new HttpClientConfig { MaxConnectionsPerServer = 5 },
        new HttpClientConfig { WebProxy = new() { Address = new("http://p") } },
        new HttpClientConfig { RequestHeaderEncoding = "utf-8" },
        new HttpClientConfig { ResponseHeaderEncoding = "utf-8" });

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("1.1", null, true)]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionExact, true)]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionOrHigher, true)]
    [InlineData("2", HttpVersionPolicy.RequestVersionOrLower, true)]
    [InlineData("2", HttpVersionPolicy.RequestVersionExact, false)]
    [InlineData("2", HttpVersionPolicy.RequestVersionOrHigher, false)]
    [InlineData("1.0", null, false)]
    public void Find_VersionOfTheCluster_DecidesAsDotNetWould(string? version, HttpVersionPolicy? policy, bool isFound)
    {
        var request = new ForwarderRequestConfig { Version = version is null ? null : version == "2" ? HttpVersion.Version20 : Version.Parse(version), VersionPolicy = policy };
        Assert.Equal(isFound, _client.Find(new ClusterConfig { ClusterId = "c", HttpRequest = request }, "http://h") is not null);
    }

    [Theory]
    [MemberData(nameof(ClientsWithMore))]
    public void Find_ClusterThatAsksForMore_IsLeftToDotNet(HttpClientConfig? client) =>
        Assert.Null(_client.Find(new ClusterConfig { ClusterId = "c", HttpClient = client }, "http://h"));

    [Fact]
    public void Find_Destinations_HaveTheirConnectionsByClusterAndAddress()
    {
        ClusterConfig one = new() { ClusterId = "1" }, other = new() { ClusterId = "2", HttpClient = new() };
        var origin = _client.Find(one, "http://h");
        Assert.NotNull(origin);
        Assert.Same(origin, _client.Find(one with { LoadBalancingPolicy = "Random" }, "http://h"));
        Assert.NotSame(origin, _client.Find(one, "http://h2"));
        Assert.NotSame(origin, _client.Find(other, "http://h"));
        Assert.Null(_client.Find(one, "https://h"));
    }

    public void Dispose()
    {
        _client.Dispose();
        _services.Dispose();
    }
}
