using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Whom the upstream is told to be the client: who connects, or whom a trusted proxy names.</summary>
public sealed class ClientAddressTests
{
    private const string Proxy = "127.0.0.1";

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Client_WhereNobodyIsTrusted_IsWhoConnects(string path)
    {
        await using var gateway = await StartAsync();

        await gateway.GetAsync(
            path, "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test", "X-Forwarded-Prefix: /evil",
            "Forwarded: for=6.6.6.6;proto=https", "X-Real-IP: 6.6.6.6", "X-Original-For: 6.6.6.6");

        Assert.All(gateway.Upstream.Requests, seen => AssertClient(seen, Proxy, "http", "gateway.test"));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Client_BehindATrustedProxy_IsWhomTheProxyNames(string path)
    {
        await using var gateway = await StartAsync(Proxy);

        await gateway.GetAsync(path, "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: api.example.com");

        Assert.NotEmpty(gateway.Upstream.Requests);
        Assert.All(gateway.Upstream.Requests, seen => AssertClient(seen, "203.0.113.7", "https", "api.example.com"));
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("6.6.6.6, 203.0.113.7", "203.0.113.7")]                       // the client wrote the first itself
    [InlineData("6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7")]             // two proxies of ours
    [InlineData("10.9.9.9, 203.0.113.7, 10.1.2.3, 10.4.5.6", "203.0.113.7")]  // behind a stranger nobody is ours
    [InlineData("10.1.2.3, 10.4.5.6", "10.1.2.3")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("[2001:db8::7]:4711", "2001:db8::7")]
    [InlineData("203.0.113.7:4711", "203.0.113.7")]
    [InlineData("unknown", Proxy)]
    [InlineData("203.0.113.7, garbage", Proxy)]
    [InlineData("garbage, 203.0.113.7", "203.0.113.7")]
    [InlineData("203.0.113.7,", "203.0.113.7")]
    [InlineData("", Proxy)]
    public async Task Client_InAChain_IsTheFirstThatIsNotTrusted(string chain, string client)
    {
        await using var gateway = await StartAsync(Proxy, "10.0.0.0/8");

        Assert.Equal(200, (await gateway.GetAsync("/getUsers", $"X-Forwarded-For: {chain}")).Status);

        AssertClient(Assert.Single(gateway.Upstream.Requests), client, "http", "gateway.test");
    }

    [Fact]
    public async Task Client_InSeveralLines_IsReadAsOneList()
    {
        await using var gateway = await StartAsync(Proxy);

        await gateway.GetAsync("/getUsers", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 203.0.113.7");

        AssertClient(Assert.Single(gateway.Upstream.Requests), "203.0.113.7", "http", "gateway.test");
    }

    [Theory]
    [InlineData("https, gopher")]
    [InlineData("http://x")]
    [InlineData("a b")]
    public async Task Scheme_ThatIsNone_IsNotBelieved(string scheme)
    {
        await using var gateway = await StartAsync(Proxy);

        Assert.Equal(200, (await gateway.GetAsync("/getUsers", "X-Forwarded-For: 203.0.113.7", $"X-Forwarded-Proto: {scheme}")).Status);

        Assert.Contains(Assert.Single(gateway.Upstream.Requests).Headers["X-Forwarded-Proto"], (string[])["http", "gopher"]);
    }

    [Theory]
    [InlineData("evil.test/path")]
    [InlineData("a b")]
    [InlineData("x\"y")]
    public async Task Host_ThatIsNone_IsNotBelieved(string host)
    {
        await using var gateway = await StartAsync(Proxy);

        Assert.Equal(200, (await gateway.GetAsync("/getUsers", "X-Forwarded-For: 203.0.113.7", $"X-Forwarded-Host: {host}")).Status);

        Assert.Equal("gateway.test", Assert.Single(gateway.Upstream.Requests).Headers["X-Forwarded-Host"]);
    }

    [Theory]
    [InlineData("api.example.com", 200)]
    [InlineData("API.example.com:8443", 200)]
    [InlineData("eu.example.org", 200)]
    [InlineData("example.org", 421)]
    [InlineData("api.example.com.evil.test", 421)]
    [InlineData("127.0.0.1", 421)]
    [InlineData("", 421)]
    public async Task Host_ThatIsNotOurs_IsA421(string host, int status)
    {
        await using var gateway = await WiredGateway.StartAsync(Answer, root => root["AllowedHosts"] = new JsonArray("api.example.com", "*.example.org"));

        foreach (var path in (string[])["/getUsers", "/getEventsByUserId/1"])
        {
            var response = await gateway.SendAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            Assert.Equal(status, response.Status);
            if (status != 200)
            {
                Problem.Of(response, 421, "misdirected");
            }
        }

        Assert.Equal(status == 200, gateway.Upstream.Requests.Count > 0);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/ready")]
    [InlineData("/metrics")]
    public async Task Host_OfAProbe_CanBeAnAddress(string path)
    {
        await using var gateway = await WiredGateway.StartAsync(Answer, root => root["AllowedHosts"] = new JsonArray("api.example.com"));
        Assert.Equal(200, (await gateway.SendAsync($"GET {path} HTTP/1.1\r\nHost: 10.0.0.5\r\n\r\n")).Status);
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/health")]
    [InlineData("/ready")]
    [InlineData("/metrics")]
    [InlineData("/getEventsByUserId/1")]
    [InlineData("/getEventsByUserId/")]
    public async Task OwnAnswer_ToABrowser_IsDataAndNothingElse(string path)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.SendAsync(Http.Get(path));

        Assert.Equal(
            ("nosniff", "default-src 'none'; frame-ancestors 'none'"),
            (response.Headers["X-Content-Type-Options"], response.Headers["Content-Security-Policy"]));
    }

    [Fact]
    public async Task UpstreamAnswer_ToABrowser_KeepsItsOwnHeaders()
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync("/getUsers");

        Assert.Equal((null, null), (response.Headers["X-Content-Type-Options"], response.Headers["Content-Security-Policy"]));
    }

    private static Task<WiredGateway> StartAsync(params string[] trusted) =>
        WiredGateway.StartAsync(Answer, root => root["TrustedProxies"] = new JsonArray([.. trusted.Select(proxy => (JsonNode)proxy)]));

    private static Task Answer(RawRequest request, RawConnection answer) =>
        answer.RespondAsync(request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? """{"events":["1"]}""" : "[]");

    private static void AssertClient(RawRequest seen, string address, string scheme, string host)
    {
        Assert.Equal(
            (address, scheme, host),
            (seen.Headers["X-Forwarded-For"], seen.Headers["X-Forwarded-Proto"], seen.Headers["X-Forwarded-Host"]));
        Assert.All(
            (string[])["Forwarded", "X-Real-IP", "X-Forwarded-Prefix", "X-Original-For", "X-Original-Proto", "X-Original-Host"],
            name => Assert.Null(seen.Headers[name]));
    }
}
