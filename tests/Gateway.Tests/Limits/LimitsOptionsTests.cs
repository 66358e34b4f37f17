using System.Text.Json.Nodes;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Tests.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Limits;

public class LimitsOptionsTests
{
    // What the file doesn't say is as the server has it: whoever upgrades meets no new limit.
    [Fact]
    public void Apply_WithoutAnySetting_LeavesTheServersOwnLimits()
    {
        var (server, untouched) = (new KestrelServerLimits(), new KestrelServerLimits());

        server.Apply(new LimitsOptions());

        Assert.Equivalent(untouched, server);
    }

    [Fact]
    public void Apply_EachSetting_ReachesTheServer()
    {
        var server = new KestrelServerLimits();

        server.Apply(Reading.Shipped(root => root["Limits"] = JsonNode.Parse(
            """
            {
              "MaxConcurrentConnections": 1000, "MaxConcurrentUpgradedConnections": 10, "MaxRequestHeadersTotalSize": 16384, "MaxRequestHeaderCount": 50,
              "MaxRequestLineSize": 4096, "RequestHeadersTimeout": "00:00:10", "KeepAliveTimeout": "00:01:00",
              "MinRequestBodyDataRate": { "BytesPerSecond": 100, "GracePeriod": "00:00:10" }, "MinResponseDataRate": { "BytesPerSecond": 0 },
              "Http2": { "MaxStreamsPerConnection": 20 }
            }
            """)).IsTakenUp().Options.Limits);

        Assert.Equal((1000, 10, 16384, 50, 4096), (
            server.MaxConcurrentConnections, server.MaxConcurrentUpgradedConnections, server.MaxRequestHeadersTotalSize, server.MaxRequestHeaderCount,
            server.MaxRequestLineSize));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1)), (server.RequestHeadersTimeout, server.KeepAliveTimeout));
        Assert.Equal((100, TimeSpan.FromSeconds(10)), (server.MinRequestBodyDataRate!.BytesPerSecond, server.MinRequestBodyDataRate.GracePeriod));
        Assert.Null(server.MinResponseDataRate);
        Assert.Equal(20, server.Http2.MaxStreamsPerConnection);
    }

    [Theory]
    [InlineData("""{ "MaxQueuedRequests": 5 }""", "MaxQueuedRequests: MaxQueuedRequests has no effect without MaxConcurrentRequests.")]
    [InlineData("""{ "QueueTimeout": "00:00:01" }""", "QueueTimeout: QueueTimeout has no effect without MaxConcurrentRequests.")]
    [InlineData("""{ "MaxConcurrentRequests": 0 }""", "MaxConcurrentRequests: 0 is out of range; MaxConcurrentRequests goes from 1 to 1000000.")]
    [InlineData("""{ "MaxRequestLineSize": 100 }""", "MaxRequestLineSize: 100 is out of range; MaxRequestLineSize goes from 128 to 1048576.")]
    [InlineData(
        """{ "MinRequestBodyDataRate": { "GracePeriod": "00:00:01" } }""",
        "MinRequestBodyDataRate.GracePeriod: 00:00:01 is out of range; GracePeriod goes from 00:00:01.001 to 1.00:00:00.")]
    [InlineData("""{ "Http2": { "MaxStreams": 1 } }""", "Http2.MaxStreams: there is no such key here; known are MaxStreamsPerConnection.")]
    public void Read_Mistake_IsRefusedAtItsPlace(string limits, string problem) =>
        Reading.Shipped(root => root["Limits"] = JsonNode.Parse(limits)).IsRefused($"Limits.{problem}");
}
