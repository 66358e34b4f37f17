using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>A route's <c>MaxRequestBodySize</c>: bodies that are streamed, and bodies that are checked first.</summary>
public sealed class BodyLimitTests
{
    private const int Limit = 1000;
    private const string Chunked = "Transfer-Encoding: chunked";
    private const string Json = "Content-Type: application/json";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_OfExactlyTheLimit_IsTaken(bool inChunks)
    {
        await using var gateway = await StreamAsync();
        var body = new string('x', Limit);
        Assert.Equal(200, (await gateway.SendAsync(inChunks ? InChunks(body) : WithLength(body))).Status);
        Assert.Equal(body, Assert.Single(gateway.Upstream.Requests).Text);
    }

    [Fact]
    public async Task Body_InChunksOfOneByte_IsMeasuredWithoutTheirFraming()
    {
        await using var gateway = await StreamAsync();
        var chunks = string.Concat(Enumerable.Repeat(Chunk("x"), Limit));
        Assert.Equal(200, (await gateway.SendAsync(Http.PostHead(Chunked) + chunks + "0\r\n\r\n")).Status);
        Assert.Equal(new string('x', Limit), Assert.Single(gateway.Upstream.Requests).Text);
        Problem.Of(await gateway.SendAsync(Http.PostHead(Chunked) + chunks + Chunk("x") + "0\r\n\r\n"), 413, "too_large");
    }

    [Theory]
    [InlineData("Content-Length: 1001")]
    [InlineData("Content-Length: 9223372036854775807")]
    [InlineData("Content-Length: 1001", "Expect: 100-continue")]
    public async Task Length_OverTheLimit_IsRefusedBeforeTheBodyComes(params string[] headers)
    {
        await using var gateway = await StreamAsync();
        var response = await gateway.SendAsync(Http.PostHead(headers));
        await AssertRefusedAsync(gateway, response);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.CallsAsync("ignored", "client_abort"));   // it never came to the breaker
    }

    [Fact]
    public async Task Length_OverTheLimit_HasNoSayWhileTheBreakerIsOpen()
    {
        await using var gateway = await StreamAsync(answer => answer.RespondAsync("{}", "500 Internal Server Error"));
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync("{}");
        }

        Problem.Of(await gateway.PostAsync("{}"), 503, "circuit_open");
        Problem.Of(await gateway.SendAsync(Http.PostHead("Content-Length: 1001")), 413, "too_large");
    }

    [Fact]
    public async Task Chunks_OverTheLimitAtOnce_AreA413AndNotTheUpstreamsFault()
    {
        await using var gateway = await StreamAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(InChunks(new string('x', Limit + 1)), Token);
        await AssertRefusedAsync(gateway, await client.ReadResponseAsync(Token));
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        await AssertNotChargedAsync(gateway);
        Assert.Empty(gateway.Upstream.Requests);   // none was complete
    }

    [Fact]
    public async Task Chunks_OverTheLimitAfterMostWentUpstream_AreA413AndNotTheUpstreamsFault()
    {
        const int Large = 1_000_000;
        var begun = new TaskCompletionSource();
        await using var gateway = await WiredGateway.StartAsync(
            RawUpstream.Start(async connection =>
            {
                await connection.ReadBeginningAsync(Large / 2);
                begun.SetResult();
                await connection.WaitForClientToLeaveAsync();
            }),
            root => Stream(root, Large));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead(Chunked) + Chunk(new string('x', Large)), Token);
        await begun.Task.InTime();
        await client.SendAsync(Chunk("x"), Token);
        await AssertRefusedAsync(gateway, await client.ReadResponseAsync(Token), Large);
        await AssertNotChargedAsync(gateway);
    }

    [Fact]
    public async Task Chunks_OverTheLimitOfAProbe_GiveItsPlaceToTheNext()
    {
        var healthy = false;
        await using var gateway = await StreamAsync(answer => answer.RespondAsync("{}", healthy ? "200 OK" : "500 Internal Server Error"));
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync("{}");
        }

        healthy = true;
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        Problem.Of(await gateway.SendAsync(InChunks(new string('x', Limit + 1))), 413, "too_large");
        await gateway.FinishedAsync();
        Assert.Equal("half_open", await gateway.BreakerStateAsync());
        Assert.Equal(200, (await gateway.PostAsync("{}")).Status);
        Assert.Equal("closed", await gateway.BreakerStateAsync());
    }

    [Fact]
    public async Task Limit_OfNone_TakesEverySize()
    {
        await using var gateway = await StreamAsync(limit: -1);
        var body = new string('x', 100_000);
        Assert.Equal(200, (await gateway.SendAsync(WithLength(body))).Status);
        Assert.Equal(body, Assert.Single(gateway.Upstream.Requests).Text);
    }

    [Fact]
    public async Task Limit_OfNothing_TakesEmptyBodiesOnly()
    {
        await using var gateway = await StreamAsync(limit: 0);
        Assert.Equal(200, (await gateway.SendAsync(WithLength(""))).Status);
        Problem.Of(await gateway.SendAsync(WithLength("x")), 413, "too_large");
    }

    [Theory]
    [InlineData(1000, 1000, true)]
    [InlineData(1000, 1001, false)]
    [InlineData(1_000_000, 65_536, true)]   // the policy's own limit is the smaller one
    [InlineData(1_000_000, 65_537, false)]
    public async Task Limit_OfACheckedBody_IsTheSmallerOfBoth(int limit, int size, bool isTaken)
    {
        await using var gateway = await WiredGateway.StartAsync(
            (_, answer) => answer.RespondAsync("{}"), root => Route(root)["MaxRequestBodySize"] = limit);
        var body = WiredGateway.NewEvent.PadRight(size);
        foreach (var request in (string[])[Http.Post(body), InChunks(body, Json)])
        {
            var response = await gateway.SendAsync(request);
            if (isTaken)
            {
                Assert.Equal(200, response.Status);
            }
            else
            {
                await AssertRefusedAsync(gateway, response, Math.Min(limit, 65_536));
                Assert.Empty(gateway.Upstream.Requests);
            }
        }
    }

    [Fact]
    public async Task Client_SendsAllBeforeItReads_SeesThe413()
    {
        await using var gateway = await StreamAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(WithLength(new string('x', 200_000)), Token);
        Problem.Of(await client.ReadResponseAsync(Token), 413, "too_large");
    }

    private static async Task AssertRefusedAsync(WiredGateway gateway, RawResponse response, int limit = Limit)
    {
        var problem = Problem.Of(response, 413, "too_large");
        Assert.Equal($"The request body is larger than {limit} bytes.", (string?)problem["detail"]);
        Assert.Equal("close", response.Headers["Connection"]);
        var line = await gateway.FinishedAsync();
        Assert.Equal((413, "too_large"), ((int?)line["status"], (string?)line["cause"]));
        Assert.True(await gateway.MetricAsync("""gateway_requests_rejected_total{reason="too_large",route="addEvent"}""") > 0);
    }

    private static async Task AssertNotChargedAsync(WiredGateway gateway)
    {
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
        foreach (var cause in (string[])["transport", "body", "timeout", "connect", "bad_response", "gateway_error"])
        {
            Assert.Equal(0, await gateway.CallsAsync("failure", cause));
        }
    }

    private static Task<WiredGateway> StreamAsync(Func<RawConnection, Task>? answer = null, int limit = Limit) => WiredGateway.StartAsync(
        (_, connection) => (answer ?? (ok => ok.RespondAsync("{}")))(connection), root => Stream(root, limit));

    private static void Stream(JsonNode root, int limit)
    {
        Route(root).AsObject().Remove("Metadata");
        Route(root)["MaxRequestBodySize"] = limit;
    }

    private static JsonNode Route(JsonNode root) => root["ReverseProxy"]!["Routes"]!["addEvent"]!;

    private static string WithLength(string body) => Http.PostHead($"Content-Length: {body.Length}") + body;

    private static string InChunks(string body, params string[] headers) => Http.PostHead([Chunked, .. headers]) + Chunk(body) + "0\r\n\r\n";

    private static string Chunk(string body) => $"{body.Length:x}\r\n{body}\r\n";
}
