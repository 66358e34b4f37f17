namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Requests in which two parties could see two different things: the upstream sees none of them, or exactly one.</summary>
public sealed class SmugglingTests
{
    /// <summary>What a smuggler would have the upstream take for a request of its own.</summary>
    private const string Smuggled = "GET /getEvents HTTP/1.1\r\nHost: gateway.test\r\n\r\n";

    private const string Json = "Content-Type: application/json";
    private const string Chunked = "Transfer-Encoding: chunked";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Content-Length: 6", Chunked)]
    [InlineData(Chunked, "Content-Length: 6")]
    [InlineData("Content-Length: 6", "Transfer-Encoding: gzip, chunked")]
    public async Task Lengths_OfBothKinds_AreA400AndTheEndOfTheConnection(params string[] headers)
    {
        await using var gateway = await StartAsync();
        foreach (var head in (string[])[Http.PostHead([Json, .. headers]), Http.Get("/getUsers", headers)])
        {
            using var client = await gateway.ConnectAsync();
            await client.SendAsync(head + "0\r\n\r\n" + Smuggled, Token);
            var response = await client.ReadResponseAsync(Token);
            Problem.Of(response, 400, "conflicting_framing");
            Assert.Equal("close", response.Headers["Connection"]);
            Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        }

        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("Content-Length: 0\r\nContent-Length: 5")]
    [InlineData("Content-Length: 0, 5")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 0x5")]
    [InlineData("Content-Length: 5 5")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Content-Length : 5")]
    [InlineData("Content-Length\t: 5")]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding: \u000bchunked")]
    [InlineData("Transfer-Encoding: chunked, identity")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: chunked, chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")]
    [InlineData("Transfer-Encoding: identity")]
    [InlineData("X-Folded: a\r\n b")]                        // obs-fold
    [InlineData(" Content-Length: 5")]
    [InlineData("X-Bare: a\rContent-Length: 5")]             // a carriage return alone
    [InlineData("X-Bare: a\nContent-Length: 5")]             // a line feed alone
    [InlineData("X-Null: a\0b")]
    [InlineData("No colon")]
    [InlineData(": no name")]
    [InlineData("Na me: value")]
    [InlineData("Host: other.test")]                         // a second one
    public async Task Header_ThatCanBeReadInTwoWays_IsA400AndTheEndOfTheConnection(string header)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.SendUntilClosedAsync(Http.PostHead(Json, header) + "0\r\n\r\n" + Smuggled);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Single(Answers(answer));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("GET /getUsers HTTP/1.1\r\n\r\n", 400)]                                     // no Host
    [InlineData("GET /getUsers HTTP/1.1\r\nHost: a b\r\n\r\n", 400)]
    [InlineData("GET /getUsers HTTP/1.1\r\nHost: a/b\r\n\r\n", 400)]
    [InlineData("GET http://other.test/getUsers HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400)]
    [InlineData("GET /get Users HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400)]
    [InlineData("GET  /getUsers HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400)]
    [InlineData("GET getUsers HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 405)]                  // an authority, for which there is CONNECT only
    [InlineData("GET /getUsers HTTP/1.1\nHost: gateway.test\n\n", 400)]                      // line feeds alone, all through
    [InlineData("GET /getUsers\u0000 HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400)]
    [InlineData("GET /getUsers HTTP/1.2\r\nHost: gateway.test\r\n\r\n", 505)]
    [InlineData("GET /getUsers HTTP/9.9\r\nHost: gateway.test\r\n\r\n", 505)]
    [InlineData("GET /getUsers\r\n\r\n", 400)]                                               // HTTP/0.9
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\r\n\r\n", 400)]                     // TLS on a plain port
    public async Task RequestLine_ThatIsNone_IsRefusedAndTheEndOfTheConnection(string head, int status)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.SendUntilClosedAsync(head + Smuggled);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Single(Answers(answer));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("GET /{0} HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 414)]
    [InlineData("GET /getUsers HTTP/1.1\r\nHost: gateway.test\r\nX-Large: {0}\r\n\r\n", 431)]
    public async Task Head_BeyondMeasure_IsRefused(string format, int status)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.SendUntilClosedAsync(format.Replace("{0}", new string('x', 100_000), StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    // What the server is lenient about never leaves it: the upstream gets a request of our own writing, or none.
    [Fact]
    public async Task ContentLength_WithASign_ReachesTheUpstreamInCanonicalForm()
    {
        await using var gateway = await StartAsync();
        var length = $"{WiredGateway.NewEvent.Length}";
        Assert.Equal("/addEvent", (await gateway.SendAsync(Http.PostHead(Json, $"Content-Length: +{length}") + WiredGateway.NewEvent)).Text);
        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal((length, WiredGateway.NewEvent), (seen.Headers["Content-Length"], seen.Text));
    }

    [Fact]
    public async Task Requests_OnePipelinedBehindTheOther_AreTwoWithAnswersInOrder()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent) + Http.Get("/getUsers") + Http.Get("/getEvents", "Connection: close"), Token);
        var answers = new[] { await client.ReadResponseAsync(Token), await client.ReadResponseAsync(Token), await client.ReadResponseAsync(Token) };
        Assert.Equal(["/addEvent", "/getUsers", "/getEvents"], answers.Select(answer => answer.Text));
        Assert.Equal(["/addEvent", "/getUsers", "/getEvents"], gateway.Upstream.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Body_ThatLooksLikeARequest_StaysABody()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Head("GET", "/getUsers", $"Content-Length: {Smuggled.Length}") + Smuggled, Token);
        Assert.Equal("/getUsers", (await client.ReadResponseAsync(Token)).Text);
        Assert.Equal(Smuggled, Assert.Single(gateway.Upstream.Requests).Text);
    }

    [Fact]
    public async Task Answer_WithASecondOneBehindIt_GivesTheNextClientItsOwn()
    {
        var count = 0;
        await using var gateway = await WiredGateway.StartAsync((_, answer) => Interlocked.Increment(ref count) == 1
            ? answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned")
            : answer.RespondAsync("second"));
        Assert.Equal("first", (await gateway.GetAsync("/getUsers")).Text);
        Assert.Equal("second", (await gateway.GetAsync("/getUsers")).Text);
    }

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((request, answer) => answer.RespondAsync(request.Target));

    private static string[] Answers(string text) => text.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);
}
