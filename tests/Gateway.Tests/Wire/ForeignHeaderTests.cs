using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Headers that aren't the sender's to send: those that upstreams believe, and those by which the gateway speaks.</summary>
public sealed class ForeignHeaderTests
{
    [Theory]
    [InlineData("Proxy: http://other.test")]          // HTTP_PROXY, to a CGI program
    [InlineData("X-Original-URL: /secret")]
    [InlineData("X-Rewrite-URL: /secret")]
    [InlineData("X-Content-Length: 3")]
    [InlineData("Forwarded: for=6.6.6.6")]
    [InlineData("X-Real-IP: 6.6.6.6")]
    [InlineData("X-Client-IP: 6.6.6.6")]
    [InlineData("X-Cluster-Client-IP: 6.6.6.6")]
    [InlineData("True-Client-IP: 6.6.6.6")]
    [InlineData("CF-Connecting-IP: 6.6.6.6")]
    [InlineData("Fastly-Client-IP: 6.6.6.6")]
    [InlineData("X-Forwarded: for=6.6.6.6")]
    [InlineData("X-Forwarded-Port: 666")]
    [InlineData("X-Forwarded-Scheme: https")]
    [InlineData("X-Forwarded-Server: other.test")]
    [InlineData("X-Forwarded-Ssl: on")]
    [InlineData("X-Original-For: 6.6.6.6")]
    [InlineData("X_Forwarded_For: 6.6.6.6")]          // the same as X-Forwarded-For to what speaks CGI
    [InlineData("x-forwarded_for: 6.6.6.6")]
    [InlineData("X.Forwarded.Proto: https")]
    [InlineData("X_Real_IP: 6.6.6.6")]
    [InlineData("X_Original_URL: /secret")]
    [InlineData("X_Correlation_Id: other")]
    [InlineData("Content_Length: 5")]
    [InlineData("Transfer_Encoding: chunked")]
    [InlineData("Upgrade: h2c")]
    [InlineData("TE: trailers")]
    [InlineData("Proxy-Authorization: Basic eA==")]
    [InlineData("Keep-Alive: timeout=5")]
    public async Task Request_HeaderThatIsNotAClients_EndsHere(string header)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.GetAsync("/getUsers", header, "X-Stays: 1")).Status);
        var seen = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Equal("1", seen["X-Stays"]);
        Assert.Empty(seen.All(header.Split(':')[0]));
        Assert.DoesNotContain(seen.Lines, line => line.Value.Contains("6.6.6.6", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("api_key: 1")]
    [InlineData("X_Custom: 1")]
    [InlineData("X-HTTP-Method-Override: DELETE")]    // the application's own business
    [InlineData("Via: 1.1 other")]
    [InlineData("Max-Forwards: 3")]
    [InlineData("X-Forwarded-Prefixes: 1")]
    public async Task Request_HeaderOfAnyOtherName_PassesWhateverItsSpelling(string header)
    {
        await using var gateway = await StartAsync();
        await gateway.GetAsync("/getUsers", header);
        Assert.Contains(header, Assert.Single(gateway.Upstream.Requests).Headers.Lines.Select(line => $"{line.Name}: {line.Value}"));
    }

    // What the operator writes has his meaning, whoever else may not send it.
    [Fact]
    public async Task Request_HeaderThatATransformWrites_IsTheTransforms()
    {
        await using var gateway = await StartAsync(root => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = JsonNode.Parse("""
            [
              { "RequestHeader": "X-Tenant", "Set": "ours" },
              { "RequestHeader": "X-Client-IP", "Set": "of the operator" },
              { "RequestHeader": "x_source", "Set": "gateway" }
            ]
            """));
        await gateway.GetAsync("/getUsers", "X_Tenant: theirs", "X.Tenant: theirs", "X-Client-IP: 6.6.6.6", "X-Source: theirs");
        var seen = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Equal(("ours", "of the operator", "gateway"), (seen["X-Tenant"], seen["X-Client-IP"], seen["x_source"]));
        Assert.All(["X_Tenant", "X.Tenant"], name => Assert.Empty(seen.All(name)));
    }

    [Theory]
    [InlineData("Alt-Svc: h3=\":443\"")]              // would lead browsers past the gateway
    [InlineData("X-Gateway-Partial: failed=1, total=2")]
    [InlineData("X-Correlation-Id: other")]
    [InlineData("Proxy-Authenticate: Basic")]
    [InlineData("Keep-Alive: timeout=5")]
    [InlineData("Trailer: X-A")]
    [InlineData("Upgrade: h2c")]
    public async Task Answer_HeaderThatIsNotTheUpstreams_EndsHere(string header)
    {
        await using var gateway = await StartAsync(header: header);
        var seen = (await gateway.GetAsync("/getUsers")).Headers;
        Assert.DoesNotContain(header, seen.Lines.Select(line => $"{line.Name}: {line.Value}"));
    }

    // They say whose software it is; whether strangers may know, the operator says with ResponseHeaderRemove.
    [Theory]
    [InlineData("Server: upstream/1")]
    [InlineData("X-Powered-By: upstream")]
    [InlineData("Via: 1.1 upstream")]
    [InlineData("Strict-Transport-Security: max-age=1")]
    public async Task Answer_HeaderOfTheUpstreamsOwn_Passes(string header)
    {
        await using var gateway = await StartAsync(header: header);
        Assert.Contains(header, (await gateway.GetAsync("/getUsers")).Headers.Lines.Select(line => $"{line.Name}: {line.Value}"));
    }

    private static Task<WiredGateway> StartAsync(Action<JsonNode>? edit = null, string header = "X-None: 1") =>
        WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]", "200 OK", header), edit);
}
