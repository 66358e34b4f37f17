using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Management;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The server's own limits, as the configuration sets them.</summary>
public sealed class ServerLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_MoreThanTheLimit_AreClosedAndTheOperatorIsLetIn()
    {
        await using var gateway = await ManagedGateway.StartAsync(edit: root => root["Limits"] = JsonNode.Parse("""{ "MaxConcurrentConnections": 2 }"""));
        var port = gateway.Gateway.Port;
        using var first = await RawClient.ConnectAsync(port, Token);
        using var second = await RawClient.ConnectAsync(port, Token);
        Assert.All(new[] { await AskAsync(first), await AskAsync(second) }, response => Assert.Equal(200, response.Status));

        using var third = await RawClient.ConnectAsync(port, Token);
        Assert.Empty((await third.ReadToEndAsync(Token)).Bytes);

        // Each listener counts its own.
        using var operators = await RawClient.ConnectAsync(gateway.Gateway.ManagementPort, Token);
        await operators.SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", Token);
        Assert.Equal(200, (await operators.ReadResponseAsync(Token)).Status);
        Assert.Equal(200, (await AskAsync(first)).Status);
    }

    [Fact]
    public async Task Request_WithMoreThanTheLimits_IsRefusedByTheServer()
    {
        await using var gateway = await WiredGateway.StartAsync(
            (_, answer) => answer.RespondAsync("[]"),
            root => root["Limits"] = JsonNode.Parse("""{ "MaxRequestLineSize": 200, "MaxRequestHeaderCount": 5, "MaxRequestHeadersTotalSize": 1024 }"""));

        Assert.Equal(200, (await gateway.SendAsync(Http.Get("/getUsers"))).Status);
        Assert.Equal(414, (await gateway.SendAsync(Http.Get($"/getUsers?{new string('a', 200)}"))).Status);
        Assert.Equal(431, (await gateway.SendAsync(Http.Get("/getUsers", Enumerable.Range(0, 5).Select(i => $"X-{i}: a")))).Status);
        Assert.Equal(431, (await gateway.SendAsync(Http.Get("/getUsers", $"X: {new string('a', 1024)}"))).Status);
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Headers_NotComplete_InTime_EndTheConnection()
    {
        await using var gateway = await WiredGateway.StartAsync(
            (_, answer) => answer.RespondAsync("[]"), root => root["Limits"] = JsonNode.Parse("""{ "RequestHeadersTimeout": "00:00:00.500" }"""));
        Assert.StartsWith("HTTP/1.1 408 ", await gateway.SendUntilClosedAsync("GET /getUsers HTTP/1.1\r\nHost: gateway.test\r\nX-Slow:"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "MaxConcurrentConnections": 5 }""", true)]
    [InlineData("""{ "Http2": { "MaxStreamsPerConnection": 7 } }""", true)]
    [InlineData("""{ "MaxConcurrentRequests": 5 }""", false)]
    public async Task Edit_OfALimitOfTheServer_SaysThatItNeedsARestart(string limits, bool needsRestart)
    {
        var shipped = TestGateway.Configuration("http://127.0.0.1:1");
        await using var gateway = await EditedGateway.StartAsync(shipped);
        var edited = JsonNode.Parse(shipped)!;
        edited["Limits"] = JsonNode.Parse(limits);

        await gateway.ApplyAsync(edited.ToJsonString());
        edited["AllowEmpty"] = true;
        await gateway.ApplyAsync(edited.ToJsonString());   // when this is in force, all has been said of the former edit

        Assert.Equal(needsRestart, gateway.Log.Of(407).Count > 0);
    }

    private static async Task<RawResponse> AskAsync(RawClient client)
    {
        await client.SendAsync(Http.Get("/health"), Token);
        return await client.ReadResponseAsync(Token);
    }
}
