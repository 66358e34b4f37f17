using EventGateway.Testing;

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
    [InlineData("Content-Length: +5")]
    [InlineData("Content-Length: -0")]
    [InlineData("Content-Length: 5, 5")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5")]
    [InlineData("Content-Length: 5_000")]
    [InlineData("Content-Length: 5.0")]
    [InlineData("Content-Length: 5;")]
    [InlineData("Content-Length: 5\u000b")]
    [InlineData("Content-Length: \u00b25")]
    [InlineData("Content-Length:")]
    [InlineData("Content-Length: 00000000000000000000000000005")]
    [InlineData("Content-Length: 999999999999999999999999999999")]
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
    [InlineData("Transfer-Encoding: chunked\u000b")]
    [InlineData("Transfer-Encoding: chunked;q=1")]
    [InlineData("Transfer-Encoding: \"chunked\"")]
    [InlineData("Transfer-Encoding: ,chunked")]
    [InlineData("Transfer-Encoding:")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: \r\n chunked")]          // obs-fold, in the very header
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
    [Theory]
    [InlineData("Content-Length:5")]
    [InlineData("Content-Length: \t 5 \t")]
    [InlineData("Content-Length: 0000000000000000005")]
    [InlineData("content-LENGTH: 5")]
    public async Task ContentLength_InAnySpellingOfANumber_ReachesTheUpstreamInCanonicalForm(string header)
    {
        await using var gateway = await StartAsync();
        await AssertOneAsync(gateway, Head("POST", "HTTP/1.1", header) + "aaaaa", "Content-Length: 5", "aaaaa");
    }

    [Theory]
    [InlineData("5\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("2\r\naa\r\n3;ext=1;more=\"x\"\r\naaa\r\n0;last\r\n\r\n")]
    [InlineData("5\r\naaaaa\r\n0\r\nContent-Length: 3\r\nHost: other.test\r\nAuthorization: Bearer x\r\nX-Trailer: 1\r\n\r\n")]
    public async Task Chunks_WithExtensionsAndTrailers_ReachTheUpstreamWithoutThem(string chunks)
    {
        await using var gateway = await StartAsync();
        var seen = await AssertOneAsync(gateway, Head("POST", "HTTP/1.1", "Transfer-Encoding: CHUNKED") + chunks, "Transfer-Encoding: chunked", "aaaaa");
        Assert.All(["Authorization", "X-Trailer", "Content-Length"], name => Assert.Empty(seen.Headers.All(name)));
        Assert.Equal($"127.0.0.1:{gateway.Upstream.Port}", seen.Headers["Host"]);
    }

    [Fact]
    public async Task Chunks_WithExtensionsBeyondMeasure_CostTheUpstreamNothing()
    {
        await using var gateway = await StartAsync();
        var chunks = string.Concat(Enumerable.Repeat($"1;{new string('x', 20_000)}\r\na\r\n", 5)) + "0\r\n\r\n";
        await AssertOneAsync(gateway, Head("POST", "HTTP/1.1", Chunked) + chunks, Chunked, "aaaaa");
    }

    [Theory]
    [InlineData("ffffffffffffffff1\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("80000000\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("00000000000000005\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("-1\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("+5\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("0x5\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData(" 5\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("5 \r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("5\naaaaa\r\n0\r\n\r\n")]            // line feeds alone
    [InlineData("5\r\naaaaa\n0\r\n\r\n")]
    [InlineData("5\r\naaaaa\r\n0\r\n\n")]
    [InlineData("5;ext\naaaaa\r\n0\r\n\r\n")]
    [InlineData("5;a\rb\r\naaaaa\r\n0\r\n\r\n")]
    [InlineData("5\r\naaaaa0\r\n\r\n")]                // no line end behind the data
    [InlineData("5\r\naaaaaa\r\n0\r\n\r\n")]
    [InlineData("5\r\naaaaa\r\n0\r\nno colon\r\n\r\n")]
    [InlineData("5\r\naaaaa\r\n0\r\nX-Folded: a\r\n b\r\n\r\n")]
    [InlineData("5\r\naaaaa\r\n0\r\nX-Bare: a\n\r\n")]
    public async Task Chunks_ThatCanBeReadInTwoWays_AreA400AndNoWholeRequest(string chunks)
    {
        await using var gateway = await StartAsync();
        foreach (var head in (string[])[Head("POST", "HTTP/1.1", Chunked), Http.PostHead(Json, Chunked)])   // streamed, and checked before
        {
            var answer = await gateway.SendUntilClosedAsync(head + chunks + Smuggled);
            Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            Assert.Single(Answers(answer));
        }

        Assert.Empty(gateway.Upstream.Requests);   // not one whose end came
    }

    [Theory]
    [InlineData("", 400)]                                                      // no length at all
    [InlineData("Connection: keep-alive\r\nTransfer-Encoding: chunked", 400)]   // a coding that HTTP/1.0 doesn't have
    public async Task Body_OfHttp10_HasALengthOrIsRefused(string headers, int status)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.SendUntilClosedAsync(Head("POST", "HTTP/1.0", headers.Split("\r\n")) + "5\r\naaaaa\r\n0\r\n\r\n" + Smuggled);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Single(Answers(answer));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("GET /x/a  HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    [InlineData("\r\n\r\nGET /x/a HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    [InlineData("get /x/a HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    [InlineData("GET http://GATEWAY.test:80/x/a HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    [InlineData("GET http://user@gateway.test/x/a HTTP/1.1\r\nHost: gateway.test\r\n\r\n")]
    [InlineData("GET /x/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")]
    [InlineData("GET /x/a HTTP/1.1\r\nHost: gateway.test\r\n\u000bTransfer-Encoding: chunked\r\nX\u0001: a\r\nX(Y: a\r\n\r\n")]   // names that are none
    [InlineData("GET /x/a HTTP/1.1\r\nHost: gateway.test\r\nTransfer_Encoding: chunked\r\nContent_Length: 50\r\n\r\n")]
    public async Task Request_OfAnUnusualForm_IsOneForTheUpstreamAndTheNextIsTheNext(string request)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(request + Smuggled, Token);
        Assert.Equal("/x/a", (await client.ReadResponseAsync(Token)).Text);
        Assert.Equal("/getEvents", (await client.ReadResponseAsync(Token)).Text);
        Assert.Equal(["GET /x/a HTTP/1.1", "GET /getEvents HTTP/1.1"], gateway.Upstream.Requests.Select(seen => seen.Line));
        Assert.All(gateway.Upstream.Requests, seen =>
        {
            Assert.Empty(seen.Body);
            Assert.DoesNotContain(seen.Headers.Lines, line =>
                line.Name.Contains("Encoding", StringComparison.OrdinalIgnoreCase) || line.Name.Contains("Length", StringComparison.OrdinalIgnoreCase));
        });
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

    /// <summary>Two requests on one connection: the upstream saw the first with this header and body, and the second as a request of its own.</summary>
    private static async Task<RawRequest> AssertOneAsync(WiredGateway gateway, string request, string header, string body)
    {
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(request + Smuggled, Token);
        Assert.Equal("/x/a", (await client.ReadResponseAsync(Token)).Text);
        Assert.Equal("/getEvents", (await client.ReadResponseAsync(Token)).Text);
        Assert.Equal(["/x/a", "/getEvents"], gateway.Upstream.Requests.Select(seen => seen.Target));
        var first = gateway.Upstream.Requests[0];
        Assert.Equal(body, first.Text);
        Assert.Contains(header, first.Headers.Lines.Select(line => $"{line.Name}: {line.Value}"));
        return first;
    }

    /// <summary>A head for a route that streams bodies.</summary>
    private static string Head(string method, string version, params IEnumerable<string> headers) =>
        string.Join("\r\n", (IEnumerable<string>)[$"{method} /x/a {version}", "Host: gateway.test", .. headers.Where(header => header.Length > 0), "", ""]);

    private static Task<WiredGateway> StartAsync() =>
        WiredGateway.StartAsync((request, answer) => answer.RespondAsync(request.Target), PathTests.AnyPath);

    private static string[] Answers(string text) => text.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);
}
