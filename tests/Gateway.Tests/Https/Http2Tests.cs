using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>HTTP/2 from the client to the upstream.</summary>
public sealed class Http2Tests
{
    private const string Http2 = "HTTP/2";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_AtOnce_ShareConnectionsOnBothSides()
    {
        const int Count = 50;
        var arrived = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await StreamUpstream.StartAsync(async context =>
        {
            if (Interlocked.Increment(ref arrived) == Count)
            {
                all.SetResult();
            }

            await all.Task;   // each is answered when all are there
            await context.Response.WriteAsync(context.Request.QueryString.Value!);
        }, HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream);
        using var client = gateway.Client(HttpVersion.Version20);

        var answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => client.GetStringAsync($"/stream?{i}", Token))).InTime();
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"?{i}"), answers);
        Assert.All(upstream.Requests, request => Assert.Equal(Http2, request.Protocol));
        Assert.InRange(upstream.Requests.Select(request => request.Connection).Distinct().Count(), 1, 5);
    }

    [Fact]
    public async Task Upstream_WithTls_IsSpokenToInHttp2()
    {
        await using var upstream = await StreamUpstream.StartAsync(context => context.Response.WriteAsync("hello"), HttpProtocols.Http2, TestCertificate.Create("upstream"));
        await using var gateway = await StartAsync(upstream, root =>
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpClient"] = new JsonObject { ["DangerousAcceptAnyServerCertificate"] = true });
        using var client = gateway.Client(HttpVersion.Version20);
        Assert.Equal("hello", await client.GetStringAsync("/stream", Token));
        Assert.Equal(Http2, Assert.Single(upstream.Requests).Protocol);
    }

    [Fact]
    public async Task Bodies_OfManyMegabytes_PassBothWays()
    {
        var body = RandomNumberGenerator.GetBytes(20_000_000);
        await using var upstream = await StreamUpstream.StartAsync(async context =>
        {
            var came = new MemoryStream();
            await context.Request.Body.CopyToAsync(came);
            await context.Response.Body.WriteAsync(came.ToArray());
        }, HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream);
        using var client = gateway.Client(HttpVersion.Version20);
        using var content = new ByteArrayContent(body);
        using var answer = await client.PostAsync("/stream", content, Token).InTime();
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(await answer.Content.ReadAsByteArrayAsync(Token)));
    }

    [Fact]
    public async Task Client_ThatResetsItsStream_CancelsTheUpstreamsCallAndNoOther()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await StreamUpstream.StartAsync(async context =>
        {
            if (context.Request.Query.ContainsKey("hold"))
            {
                held.SetResult();
                context.RequestAborted.Register(cancelled.SetResult);
                await cancelled.Task;
            }
        }, HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream);
        using var client = gateway.Client(HttpVersion.Version20);
        using var reset = new CancellationTokenSource();
        var call = client.GetAsync("/stream?hold", reset.Token);
        await held.Task.InTime();
        await reset.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.InTime();
        Assert.Equal("client_abort", (string?)(await gateway.Gateway.Log.NextAsync().AsTask().InTime())["cause"]);
        Assert.Equal("", await client.GetStringAsync("/stream", Token));
        Assert.Single(upstream.Requests.Select(request => request.Connection).Distinct());
    }

    // As gRPC does: the answer begins before the request has ended, each side is silent for as long as it likes, and the status stands in the trailers.
    [Fact]
    public async Task Call_LikeGrpc_StreamsBothWaysAndEndsWithTrailers()
    {
        await using var upstream = await StreamUpstream.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            var buffer = new byte[100];
            while (await context.Request.Body.ReadAsync(buffer) is var count and > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
                await context.Response.Body.FlushAsync();
            }

            context.Response.AppendTrailer("grpc-status", "0");
        }, HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream, services: Impatient);
        using var client = gateway.Client(HttpVersion.Version20);
        using var content = new DuplexContent { Headers = { { "Content-Type", "application/grpc" } } };
        var call = SendAsync(client, content);
        await content.WriteAsync("open"u8.ToArray(), Token).InTime();
        using var answer = await call.InTime();
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        await AssertEchoAsync("open");

        // For so long nobody says anything: a body that is no stream of messages has come too slowly by then.
        using var other = gateway.Client(HttpVersion.Version20);
        using var slow = new DuplexContent { Headers = { { "Content-Type", "text/plain" } } };
        Assert.IsType<HttpRequestException>(await Record.ExceptionAsync(() => SendAsync(other, slow).InTime()));

        foreach (var message in new[] { "ping", "pong" })
        {
            await content.WriteAsync(Encoding.ASCII.GetBytes(message), Token).InTime();
            await AssertEchoAsync(message);
        }

        content.Complete();
        Assert.Equal(0, await body.ReadAsync(new byte[1], Token).AsTask().InTime());
        Assert.Equal("0", Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")));

        async Task AssertEchoAsync(string message)
        {
            var echo = new byte[message.Length];
            await body.ReadExactlyAsync(echo, Token).AsTask().InTime();
            Assert.Equal(message, Encoding.ASCII.GetString(echo));
        }

        static void Impatient(IServiceCollection all) => all.Configure<KestrelServerOptions>(
            kestrel => kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(1_000_000, TimeSpan.FromSeconds(1.5)));
    }

    [Theory]
    [InlineData("1.1", false)]   // Kestrel has none there
    [InlineData("2.0", true)]
    public async Task Trailers_OfAnAnswer_ArePassedOnWhereTheClientsVersionHasThem(string version, bool passed)
    {
        await using var upstream = await StreamUpstream.StartAsync(async context =>
        {
            await context.Response.WriteAsync("body");
            context.Response.AppendTrailer("x-checksum", "42");
        }, HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream);
        using var client = gateway.Client(Version.Parse(version));
        using var answer = await client.GetAsync("/stream", Token);
        Assert.Equal("body", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(passed ? ["42"] : [], answer.TrailingHeaders.SelectMany(header => header.Value));
    }

    [Fact]
    public async Task Client_OfHttp2_ReachesAnUpstreamOfHttp11()
    {
        await using var upstream = RawUpstream.Start((request, connection) => connection.RespondAsync(request.Text));
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, Route);
        using var client = gateway.Client(HttpVersion.Version20);
        using var content = new StringContent("a body");
        using var answer = await client.PostAsync("/stream", content, Token);
        Assert.Equal("a body", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("POST /stream HTTP/1.1", Assert.Single(upstream.Requests).Line);
    }

    [Fact]
    public async Task NewEvent_OfAClientOfHttp2_ReachesTheUpstreamWithAnId()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("{}"));
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, Route);
        using var client = gateway.Client(HttpVersion.Version20);
        var members = $"\"name\":\"{new string('x', 40_000)}\",\"userId\":\"1\"}}";   // longer than a frame
        using var content = new StringContent($"{{{members}", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/addEvent", content, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Matches($"^{{\"id\":[0-9]+,{members}$", Assert.Single(upstream.Requests).Text);
    }

    [Fact]
    public async Task Draining_TellsAClientOfHttp2ToLeave()
    {
        await using var upstream = await StreamUpstream.StartAsync(context => context.Response.WriteAsync("ok"), HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream);
        using var client = gateway.Client(HttpVersion.Version20);
        Assert.Equal("ok", await client.GetStringAsync("/stream", Token));
        await gateway.Gateway.StopAsync().InTime();   // with an idle connection left open
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/stream", Token));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/stream")
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private static Task<SecureGateway> StartAsync(
        StreamUpstream upstream, Action<JsonNode>? edit = null, Action<IServiceCollection>? services = null) => SecureGateway.StartAsync(upstream.Address, root =>
    {
        Route(root);
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"] = new JsonObject { ["Version"] = "2.0", ["VersionPolicy"] = "RequestVersionExact" };
        edit?.Invoke(root);
    }, services: services);

    private static void Route(JsonNode root) =>
        root["ReverseProxy"]!["Routes"]!["stream"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/stream" } }""");
}
