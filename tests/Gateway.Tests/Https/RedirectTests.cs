using System.Net;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>Requests over HTTP where HTTPS is wanted, and what browsers are told about it.</summary>
public sealed class RedirectTests
{
    private const string Header = "Strict-Transport-Security";

    private static readonly JsonNode AYear = JsonNode.Parse("""{ "MaxAge": "365.00:00:00", "IncludeSubDomains": true, "Preload": true }""")!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET /getUsers?q=a%20b&c HTTP/1.1", "/getUsers?q=a%20b&c")]
    [InlineData("GET /getEventsByUserId/a%2Fb HTTP/1.1", "/getEventsByUserId/a%2Fb")]
    [InlineData("GET http://gateway.test/getUsers HTTP/1.1", "/getUsers")]
    public async Task Redirect_OfARouteOrAggregation_GoesToTheSameTargetWithExactlyTheseHeaders(string line, string target)
    {
        await using var gateway = await StartAsync();
        var answer = await SendAsync(gateway, $"{line}\r\nHost: gateway.test\r\nX-Correlation-Id: c1\r\n\r\n");

        Assert.Equal(308, answer.Status);
        Assert.Equal(
            [
                "Cache-Control: no-store", "Content-Length: 0", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
                $"Location: https://gateway.test:{gateway.Gateway.HttpsPort}{target}", "X-Content-Type-Options: nosniff", "X-Correlation-Id: c1",
            ],
            answer.Headers.Lines.Where(h => h.Name != "Date").Select(h => $"{h.Name}: {h.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gateway.test:8080", "gateway.test")]
    [InlineData("[::1]:8080", "[::1]")]
    public async Task Redirect_OfAHostWithAPort_HasTheHttpsPort(string host, string name)
    {
        await using var gateway = await StartAsync();
        var answer = await SendAsync(gateway, $"GET /getUsers HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.Equal($"https://{name}:{gateway.Gateway.HttpsPort}/getUsers", answer.Headers["Location"]);
    }

    [Fact]
    public async Task Redirect_WithABody_KeepsTheConnectionInStep()
    {
        await using var gateway = await StartAsync();
        using var client = await RawClient.ConnectAsync(gateway.Gateway.Port, Token);
        await client.SendAsync(Http.Post(WiredGateway.NewEvent) + Http.Get("/health"), Token);
        Assert.Equal(308, (await client.ReadResponseAsync(Token)).Status);
        Assert.Equal(200, (await client.ReadResponseAsync(Token)).Status);
    }

    [Theory]
    [InlineData("GET /getUsers HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET /getUsers HTTP/1.0\r\n\r\n")]
    public async Task Redirect_WithoutAHost_IsRefused(string request)
    {
        await using var gateway = await StartAsync();
        var answer = await SendAsync(gateway, request);
        Assert.Equal((403, "https_required"), (answer.Status, (string?)JsonNode.Parse(answer.Text)!["code"]));
        Assert.Null(answer.Headers["Location"]);
    }

    [Theory]
    [InlineData("/health", 200)]
    [InlineData("/ready", 200)]
    [InlineData("/metrics", 200)]
    [InlineData("/nowhere", 404)]
    public async Task Redirect_OfAnythingElse_DoesNotHappen(string path, int status)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(status, (await SendAsync(gateway, Http.Get(path))).Status);
    }

    [Fact]
    public async Task Redirect_OfAHostThatIsNotOurs_DoesNotHappen()
    {
        await using var gateway = await StartAsync(root => root["AllowedHosts"] = new JsonArray("api.example.com"));
        var answer = await SendAsync(gateway, Http.Get("/getUsers"));
        Assert.Equal((421, null), (answer.Status, answer.Headers["Location"]));
    }

    [Fact]
    public async Task Redirect_BehindATrustedProxyThatSaysHttps_DoesNotHappen()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]"));
        await using var gateway = await StartAsync(root => root["TrustedProxies"] = new JsonArray("127.0.0.1"), upstream.Address);
        Assert.Equal(200, (await SendAsync(gateway, Http.Get("/getUsers", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: https"))).Status);
        Assert.Equal(308, (await SendAsync(gateway, Http.Get("/getUsers", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: http"))).Status);
    }

    [Fact]
    public async Task Redirect_ClaimedByAStranger_HappensAllTheSame()
    {
        await using var gateway = await StartAsync();
        Assert.Equal(308, (await SendAsync(gateway, Http.Get("/getUsers", "X-Forwarded-Proto: https"))).Status);
    }

    [Fact]
    public async Task Redirect_NotConfigured_DoesNotHappen()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]"));
        await using var gateway = await SecureGateway.StartAsync(upstream.Address);
        var answer = await SendAsync(gateway, Http.Get("/getUsers"));
        Assert.Equal((200, null), (answer.Status, answer.Headers[Header]));
    }

    [Fact]
    public async Task Hsts_Configured_StandsInEachAnswerOverHttpsAndInNoneOverHttp()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]", headers: $"{Header}: max-age=1"));
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, root => root["Https"]!["Hsts"] = AYear.DeepClone());
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var client = gateway.Client(version);
            foreach (var path in new[] { "/getUsers", "/getEventsByUserId/1", "/nowhere", "/health", "/metrics" })
            {
                using var answer = await client.GetAsync(path, Token);
                Assert.Equal("max-age=31536000; includeSubDomains; preload", Assert.Single(answer.Headers.GetValues(Header)));
            }
        }

        // Over HTTP the upstream's own word passes, as without ours.
        Assert.Null((await SendAsync(gateway, Http.Get("/health"))).Headers[Header]);
        Assert.Null((await SendAsync(gateway, Http.Get("/nowhere"))).Headers[Header]);
    }

    [Fact]
    public async Task Hsts_OfAGatewaysError_IsThereToo()
    {
        await using var gateway = await SecureGateway.StartAsync(edit: root => root["Https"]!["Hsts"] = new JsonObject { ["MaxAge"] = "00:00:00" });
        using var client = gateway.Client(HttpVersion.Version11);
        using var answer = await client.GetAsync("/getUsers", Token);
        Assert.Equal((HttpStatusCode.BadGateway, "max-age=0"), (answer.StatusCode, Assert.Single(answer.Headers.GetValues(Header))));
    }

    [Theory]
    [InlineData("GET http://gateway.test/a/../b HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400)]
    [InlineData("POST /addEvent HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    public async Task Hsts_OfARequestThatIsRefusedBeforeAllElse_IsThereToo(string request, int status)
    {
        await using var gateway = await SecureGateway.StartAsync(edit: root => root["Https"]!["Hsts"] = AYear.DeepClone());
        var (stream, _) = await gateway.ConnectAsync();
        await using var connection = stream;
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request), Token);
        var head = new byte[4096];
        var text = System.Text.Encoding.ASCII.GetString(head, 0, await stream.ReadAtLeastAsync(head, 300, throwOnEndOfStream: false, Token).AsTask().InTime());
        Assert.StartsWith($"HTTP/1.1 {status}", text, StringComparison.Ordinal);
        Assert.Contains("\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains; preload\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hsts_BehindATrustedProxyThatSaysHttps_IsThere()
    {
        await using var gateway = await StartAsync(root =>
        {
            root["TrustedProxies"] = new JsonArray("127.0.0.1");
            root["Https"]!["Hsts"] = AYear.DeepClone();
        });
        Assert.NotNull((await SendAsync(gateway, Http.Get("/nowhere", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: https"))).Headers[Header]);
        Assert.Null((await SendAsync(gateway, Http.Get("/nowhere", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: http"))).Headers[Header]);
        Assert.Null((await SendAsync(gateway, Http.Get("/getUsers"))).Headers[Header]);   // a redirect
    }

    private static Task<SecureGateway> StartAsync(Action<JsonNode>? edit = null, string upstream = "http://127.0.0.1:9") => SecureGateway.StartAsync(upstream, root =>
    {
        root["Https"]!["RedirectFromHttp"] = true;
        edit?.Invoke(root);
    });

    private static async Task<RawResponse> SendAsync(SecureGateway gateway, string request)
    {
        using var client = await RawClient.ConnectAsync(gateway.Gateway.Port, Token);
        await client.SendAsync(request, Token);
        return await client.ReadResponseAsync(Token);
    }
}
