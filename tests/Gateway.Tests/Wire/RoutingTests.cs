namespace EventGateway.Gateway.Tests.Wire;

/// <summary>What leads nowhere: an answer that says so, and nothing for the upstream.</summary>
public sealed class RoutingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/nothing")]
    [InlineData("/getUsers/1")]
    [InlineData("/getUserById/1")]
    [InlineData("/getUsers%2F")]
    [InlineData("/%C3%BC?q=%ff")]
    public async Task Path_WithoutARoute_IsA404(string target)
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.GetAsync(target), 404, "no_route");
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(1, await gateway.MetricAsync("""gateway_requests_rejected_total{reason="no_route",route="none"}"""));
    }

    [Theory]
    [InlineData("POST", "/getUsers", "GET, HEAD")]
    [InlineData("DELETE", "/getEvents", "GET, HEAD")]
    [InlineData("OPTIONS", "/getUsers", "GET, HEAD")]
    [InlineData("TRACE", "/getUsers", "GET, HEAD")]
    [InlineData("QUERY", "/getUsers", "GET, HEAD")]
    [InlineData("GET", "/addEvent", "POST")]
    [InlineData("PUT", "/addEvent", "POST")]
    [InlineData("TRACE", "/addEvent", "POST")]
    [InlineData("POST", "/getEventsByUserId/1", "GET")]
    [InlineData("POST", "/health", "GET, HEAD")]
    [InlineData("DELETE", "/ready", "GET, HEAD")]
    public async Task Method_ThatThePathDoesNotTake_IsA405WithThoseItDoes(string method, string target, string allowed)
    {
        await using var gateway = await StartAsync();
        var response = await gateway.SendAsync(Http.Head(method, target, "Content-Length: 0"));
        Problem.Of(response, 405, "method_not_allowed");
        Assert.Equal(allowed, string.Join(", ", response.Headers["Allow"]!.Split(", ").Order()));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("TRACE", "/x/a")]
    [InlineData("trace", "/x/a")]
    [InlineData("CONNECT", "/x/a")]
    [InlineData("TRACE", "http://gateway.test/x/a")]
    public async Task TraceAndConnect_OnARouteThatNamesNoMethods_AreA405(string method, string target)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), PathTests.AnyPath);
        var response = await gateway.SendAsync(Http.Head(method, target, "Cookie: secret=1"));
        Problem.Of(response, 405, "method_not_allowed");
        Assert.Equal("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", response.Headers["Allow"]);
        Assert.DoesNotContain("secret=1", response.Text, StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("HEAD", "/nothing", 404)]
    [InlineData("HEAD", "/addEvent", 405)]
    public async Task Head_OfNothing_HasNoBody(string method, string target, int status)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Head(method, target) + Http.Get("/getUsers"), Token);
        Assert.Equal(status, (await client.ReadResponseAsync(Token, toHead: true)).Status);
        Assert.Equal("[]", (await client.ReadResponseAsync(Token)).Text);
    }

    [Theory]
    [InlineData("CONNECT other.test:80 HTTP/1.1\r\nHost: other.test:80\r\n\r\n")]
    [InlineData("CONNECT gateway.test:80 HTTP/1.1\r\nHost: gateway.test:80\r\n\r\nGET /getUsers HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    public async Task Target_ThatIsNoPath_OpensNothing(string head)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(head, Token);
        Assert.InRange((await client.ReadResponseAsync(Token)).Status, 400, 499);
        Assert.DoesNotContain(gateway.Upstream.Requests, request => request.Method is "CONNECT" or "OPTIONS");
    }

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"));
}
