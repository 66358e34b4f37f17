using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Which header lines cross the gateway, in both directions.</summary>
public sealed class HeaderTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_EndToEndHeaders_PassWithStatusAndBody()
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync(
            """[{"id":"1"}]""", "203 Non-Authoritative Information",
            "Content-Type: application/json; charset=utf-8", "ETag: \"v1\"", "Cache-Control: private, max-age=3", "X-Custom: a, b",
            "Date: Thu, 01 Jan 2026 00:00:00 GMT"));

        var response = await gateway.GetAsync("/getUsers");

        Assert.Equal((203, """[{"id":"1"}]"""), (response.Status, response.Text));
        Assert.Equal("application/json; charset=utf-8", response.Headers["Content-Type"]);
        Assert.Equal("\"v1\"", response.Headers["ETag"]);
        Assert.Equal("private, max-age=3", response.Headers["Cache-Control"]);
        Assert.Equal("a, b", response.Headers["X-Custom"]);
        Assert.Equal("Thu, 01 Jan 2026 00:00:00 GMT", response.Headers["Date"]);
    }

    [Fact]
    public async Task Answer_RepeatedSetCookie_StaysTwoLinesInOrder()
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync(
            "[]", "200 OK", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Expires=Thu, 01 Jan 2026 00:00:00 GMT"));
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal(["a=1; Path=/", "b=2; Expires=Thu, 01 Jan 2026 00:00:00 GMT"], response.Headers.All("Set-Cookie"));
    }

    [Fact]
    public async Task Request_EndToEndHeaders_ReachTheUpstream()
    {
        await using var gateway = await StartAsync(Empty);
        await gateway.GetAsync(
            "/getUsers", "Accept: application/json", "Authorization: Bearer t", "Cookie: a=1; b=2", "X-Custom: 1", "X-Custom: 2", "If-None-Match: \"v1\"");

        var seen = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Equal("application/json", seen["Accept"]);
        Assert.Equal("Bearer t", seen["Authorization"]);
        Assert.Equal("a=1; b=2", seen["Cookie"]);
        Assert.Equal("1, 2", string.Join(", ", seen.All("X-Custom")));   // one line or two mean the same
        Assert.Equal("\"v1\"", seen["If-None-Match"]);
    }

    [Theory]
    [InlineData("caf\u00e9")]           // Latin-1
    [InlineData("caf\u00c3\u00a9")]     // UTF-8, seen byte by byte
    [InlineData("\u00ff\u00fe\u0080")]  // neither
    public async Task Bytes_BeyondAscii_PassBothWaysAsTheyAre(string value)
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync("[]", "200 OK", $"X-Name: {value}"));
        var response = await gateway.GetAsync("/getUsers", $"X-Name: {value}");
        Assert.Equal(value, response.Headers["X-Name"]);
        Assert.Equal(value, Assert.Single(gateway.Upstream.Requests).Headers["X-Name"]);
    }

    [Fact]
    public async Task Request_HopByHopHeaders_EndHere()
    {
        await using var gateway = await StartAsync(Empty);
        await gateway.GetAsync(
            "/getUsers", "Connection: keep-alive, X-Hop", "Connection: x-other-hop, not a name", "X-Hop: 1", "X-Other-Hop: 2", "X-Stays: 3",
            "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eA==", "TE: gzip");

        var seen = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Equal("3", seen["X-Stays"]);
        Assert.All(
            ["Connection", "X-Hop", "X-Other-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE"],
            name => Assert.Empty(seen.All(name)));
    }

    [Fact]
    public async Task Answer_HopByHopHeaders_EndHere()
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync(
            "[]", "200 OK", "Connection: keep-alive, X-Hop", "Connection: x-other-hop", "X-Hop: 1", "X-Other-Hop: 2", "X-Stays: 3",
            "Keep-Alive: timeout=5", "Proxy-Authenticate: Basic", "Proxy-Connection: keep-alive"));

        var seen = (await gateway.GetAsync("/getUsers")).Headers;

        Assert.Equal("3", seen["X-Stays"]);
        Assert.All(
            ["Connection", "X-Hop", "X-Other-Hop", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection"],
            name => Assert.Empty(seen.All(name)));
    }

    [Fact]
    public async Task Answer_ClosesTheUpstreamsConnection_LeavesTheClientsOpen()
    {
        await using var gateway = await StartAsync(async answer =>
        {
            await answer.RespondAsync("[]", "200 OK", "Connection: close");
            answer.Close();
        });
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync(Http.Get("/getUsers"), Token);
            Assert.Equal(200, (await client.ReadResponseAsync(Token)).Status);
        }

        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Connection_NamesWhatTheMessageNeeds_DropsNoneOfIt()
    {
        await using var gateway = await StartAsync(Empty);
        var response = await gateway.PostAsync(
            WiredGateway.NewEvent, "Connection: Content-Length, Content-Type, Host, X-Correlation-Id, X-Forwarded-For",
            "X-Correlation-Id: mine", "X-Forwarded-For: 6.6.6.6");

        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(200, response.Status);
        Assert.Equal(WiredGateway.NewEvent, seen.Text);
        Assert.Equal("application/json", seen.Headers["Content-Type"]);
        Assert.Equal("mine", seen.Headers["X-Correlation-Id"]);
        Assert.Contains("127.0.0.1", seen.Headers["X-Forwarded-For"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_OfTheClient_IsToldApartFromTheUpstreams()
    {
        await using var gateway = await StartAsync(Empty);
        await gateway.GetAsync("/getUsers");
        var seen = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Equal($"127.0.0.1:{gateway.Upstream.Port}", seen["Host"]);
        Assert.Equal("gateway.test", seen["X-Forwarded-Host"]);
    }

    [Fact]
    public async Task Host_Empty_LeavesTheUpstreamItsOwn()
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"));

        Assert.Equal(200, (await gateway.SendAsync("GET /getUsers HTTP/1.1\r\nHost:\r\n\r\n")).Status);
        Assert.Equal(new Uri(gateway.Upstream.Address).Authority, Assert.Single(gateway.Upstream.Requests).Headers["Host"]);
    }

    [Fact]
    public async Task Expect_FromTheClient_IsAnsweredHereAndNotPassedOn()
    {
        await using var gateway = await StartAsync(Empty);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(
            Http.PostHead("Content-Type: application/json", $"Content-Length: {WiredGateway.NewEvent.Length}", "Expect: 100-continue"), Token);
        Assert.Equal(100, (await client.ReadResponseAsync(Token)).Status);
        await client.SendAsync(WiredGateway.NewEvent, Token);
        Assert.Equal(200, (await client.ReadResponseAsync(Token)).Status);
        Assert.Empty(Assert.Single(gateway.Upstream.Requests).Headers.All("Expect"));
    }

    [Fact]
    public async Task Continue_FromTheUpstream_IsNoAnswer()
    {
        await using var gateway = await StartAsync(async answer =>
        {
            await answer.SendAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
            await answer.RespondAsync("[1]");
        });
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal((200, "[1]"), (response.Status, response.Text));
    }

    [Theory]
    [InlineData("abc.DEF_123-x")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]   // 64
    public async Task CorrelationId_Harmless_GoesToTheUpstreamAndBack(string id)
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync("[]", "200 OK", "X-Correlation-Id: the-upstreams-own"));
        var response = await gateway.GetAsync("/getUsers", $"X-Correlation-Id: {id}");
        Assert.Equal(id, response.Headers["X-Correlation-Id"]);
        Assert.Equal(id, Assert.Single(gateway.Upstream.Requests).Headers["X-Correlation-Id"]);
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("caf\u00e9")]
    [InlineData("\"quoted\"")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]   // 65
    [InlineData("one", "two")]
    public async Task CorrelationId_MissingOrHarmful_IsReplacedByOneOfOurOwn(params string[] ids)
    {
        await using var gateway = await StartAsync(Empty);
        var response = await gateway.GetAsync("/getUsers", ids.Select(id => $"X-Correlation-Id: {id}"));
        var made = response.Headers["X-Correlation-Id"];
        Assert.Matches("^[A-Za-z0-9._-]{1,64}$", made);
        Assert.DoesNotContain(made, ids);
        Assert.Equal(made, Assert.Single(gateway.Upstream.Requests).Headers["X-Correlation-Id"]);
    }

    // While nothing is exported the gateway has no span that could stand in between.
    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task TraceContext_OfTheClient_GoesOnAsItCame(string path)
    {
        await using var gateway = await StartAsync(Empty);
        await gateway.SendAsync(Http.Get(path, $"traceparent: 00-{TraceId}-b7ad6b7169203331-01", "tracestate: vendor=1", "baggage: a=b"));
        var seen = gateway.Upstream.Requests[0].Headers;
        Assert.Equal(($"00-{TraceId}-b7ad6b7169203331-01", "vendor=1", "a=b"), (seen["traceparent"], seen["tracestate"], seen["baggage"]));
        Assert.Equal(TraceId, (string?)(await gateway.FinishedAsync())["trace_id"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("garbage")]
    [InlineData($"00-{TraceId}-b7ad6b7169203331-01-more")]
    [InlineData($"ff-{TraceId}-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData($"00-{TraceId}-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData($"00-{TraceId}-b7ad6b7169203331-0g")]
    public async Task TraceContext_ThatIsNone_IsNotPassedOn(string? parent)
    {
        foreach (var path in new[] { "/getUsers", "/getEventsByUserId/1" })
        {
            await using var gateway = await StartAsync(Empty);
            await gateway.SendAsync(Http.Get(path, parent is null ? ["tracestate: vendor=1"] : [$"traceparent: {parent}", "tracestate: vendor=1"]));
            var seen = gateway.Upstream.Requests[0].Headers;
            Assert.Equal((null, null), (seen["traceparent"], seen["tracestate"]));
            Assert.Null((string?)(await gateway.FinishedAsync())["trace_id"]);
        }
    }

    [Fact]
    public async Task TraceContext_OfALaterVersion_GoesOn()
    {
        await using var gateway = await StartAsync(Empty);
        await gateway.GetAsync("/getUsers", $"traceparent: 01-{TraceId}-b7ad6b7169203331-01-more");
        Assert.Equal($"01-{TraceId}-b7ad6b7169203331-01-more", Assert.Single(gateway.Upstream.Requests).Headers["traceparent"]);
    }

    [Fact]
    public async Task RenamedContentLength_FromAStranger_IsNotPassedOn()
    {
        await using var gateway = await StartAsync(Empty);
        await gateway.GetAsync("/getUsers", "X-Content-Length: 5");
        Assert.Empty(Assert.Single(gateway.Upstream.Requests).Headers.All("X-Content-Length"));
    }

    private static Task Empty(RawConnection answer) => answer.RespondAsync("[]");

    private static Task<WiredGateway> StartAsync(Func<RawConnection, Task> answer) => WiredGateway.StartAsync((_, connection) => answer(connection));
}
