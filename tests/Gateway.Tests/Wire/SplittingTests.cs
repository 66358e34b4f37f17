using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Text that would end a line of the head, and answers that say in two ways where they end: nobody gets a message that isn't meant for him.</summary>
public sealed class SplittingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Ok + "Content-Length: 3\r\n" + Chunked + "\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Ok + Chunked + "Content-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Ok + Chunked + Chunked + "\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Ok + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(Ok + "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(Ok + "Content-Length: -1\r\n\r\nhello")]
    [InlineData(Ok + "Content-Length: +5\r\n\r\nhello")]
    [InlineData(Ok + "Content-Length: 0x5\r\n\r\nhello")]
    [InlineData(Ok + "Content-Length: 5, 5\r\n\r\nhello")]
    [InlineData(Ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData(Ok + "Content-Length: 99999999999999999999\r\n\r\nhello")]
    [InlineData(Ok + Chunked + "\r\n-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Ok + Chunked + "\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Ok + "X A: b\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 099 Low\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 1000 High\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 a\rSet-Cookie: x=1\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task Answer_ThatCanBeReadInTwoWays_IsA502AndTheNextClientGetsItsOwn(string answer)
    {
        await using var gateway = await WiredGateway.StartAsync(
            async (request, connection) => await (request.Target == "/getUsers" ? connection.SendAsync(answer) : connection.RespondAsync("own")));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers") + Http.Get("/getEvents"), Token);
        Problem.Of(await client.ReadResponseAsync(Token), 502, "upstream_failed");
        Assert.Equal("own", (await client.ReadResponseAsync(Token)).Text);
        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", "bad_response") + await gateway.ErrorsAsync("getUsers", "body"));
    }

    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task Answer_BehindAFloodOfInterimOnes_IsA502(string interim)
    {
        await using var gateway = await WiredGateway.StartAsync(async (_, connection) =>
        {
            await connection.SendAsync(string.Concat(Enumerable.Repeat(interim, 5_000)));
            await connection.RespondAsync("late");
        });
        Problem.Of(await gateway.GetAsync("/getUsers"), 502, "upstream_failed");
    }

    // What .NET reads out of these is one header each, and that is written anew.
    [Theory]
    [InlineData("X-A: a\r\n Set-Cookie: x=1")]
    [InlineData("X-A: a\r\n\tSet-Cookie: x=1")]
    [InlineData("X-A: a\rSet-Cookie: x=1")]
    [InlineData("X-A: a\0Set-Cookie: x=1")]
    public async Task Header_OfTheUpstreamOverTwoLines_IsOneLineForTheClient(string lines)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]", "200 OK", lines));
        var bytes = await gateway.SendUntilClosedAsync(Http.Get("/getUsers", "Connection: close"));
        var head = bytes[..bytes.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        Assert.DoesNotContain("\nSet-Cookie", head, StringComparison.OrdinalIgnoreCase);
        Assert.Single(head.Split("\r\n"), line => line.StartsWith("X-A: a", StringComparison.Ordinal) && line.EndsWith("Set-Cookie: x=1", StringComparison.Ordinal));
        Assert.DoesNotContain(head.Replace("\r\n", "", StringComparison.Ordinal), c => c is '\r' or '\n' or '\0');
    }

    [Fact]
    public async Task LineEnd_InThePath_SplitsNoRequestWhateverIsMadeOfIt()
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), root => root["ReverseProxy"]!["Routes"]!["made"] =
            JsonNode.Parse("""
                {
                  "ClusterId": "event-api",
                  "Match": { "Path": "/made/{id}/{**rest}" },
                  "Transforms": [
                    { "PathPattern": "/public/{id}/{**rest}" },
                    { "RequestHeaderRouteValue": "X-Id", "Set": "id" },
                    { "QueryRouteParameter": "id", "Set": "id" }
                  ]
                }
                """));

        Problem.Of(await gateway.GetAsync("/made/a%0d%0aX-Split:%201/b"), 400, "bad_path");
        Assert.Empty(gateway.Upstream.Requests);

        // Encoded once more it is text, and stays it.
        await gateway.GetAsync("/made/a%250d%250aX-Split:%201/b?q=%0d%0aX-Split:%201");
        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/public/a%250d%250aX-Split:%201/b?q=%0D%0AX-Split%3A%201&id=a%250d%250aX-Split%3A%201", seen.Target);
        Assert.Equal("a%0d%0aX-Split: 1", seen.Headers["X-Id"]);
        Assert.Empty(seen.Headers.All("X-Split"));
    }

    [Theory]
    [InlineData("X-Correlation-Id: a%0d%0aX-Split: 1")]
    [InlineData("Origin: https://a.test%0d%0aX-Split: 1")]
    [InlineData("Origin: null\u0001")]
    public async Task Header_OfTheClientInTheGatewaysAnswers_CarriesNoLineEnd(string header)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), root =>
        {
            root["CorsPolicies"] = JsonNode.Parse("""{ "any": { "Origins": [ "https://a.test" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["CorsPolicy"] = "any";
        });
        foreach (var request in (string[])
            [Http.Get("/getUsers", header, "Connection: close"), Http.Head("OPTIONS", "/getUsers", header, "Access-Control-Request-Method: GET", "Connection: close")])
        {
            var bytes = await gateway.SendUntilClosedAsync(request);
            Assert.DoesNotContain("\nX-Split", bytes, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("%0d", bytes[..bytes.IndexOf("\r\n\r\n", StringComparison.Ordinal)], StringComparison.OrdinalIgnoreCase);
        }
    }
}
