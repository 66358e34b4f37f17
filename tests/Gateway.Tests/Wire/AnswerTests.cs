using System.Security.Cryptography;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Answers of the upstream, as the client gets them: large ones, empty ones, and those that point elsewhere.</summary>
public sealed class AnswerTests
{
    private const int Megabyte = 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Body_OfFiftyMegabytes_ReachesTheClientWhileTheUpstreamHoldsTheRest()
    {
        var content = new byte[50 * Megabyte];
        new Random(1).NextBytes(content);
        var rest = new Gate();
        await using var gateway = await StartAsync(async (_, answer) =>
        {
            await answer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}\r\n\r\n");
            await answer.SendAsync(content.AsMemory(0, Megabyte));
            await rest.PassAsync(answer.Stopping);
            await answer.SendAsync(content.AsMemory(Megabyte));
        });
        using var client = await gateway.ConnectAsync();

        await client.SendAsync(Http.Get("/getUsers", "Connection: close"), Token);
        var first = await client.ReadPartialResponseAsync(Megabyte, Token);
        rest.Open();
        var (others, _) = await client.ReadToEndAsync(Token);

        Assert.Equal($"{content.Length}", first.Headers["Content-Length"]);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData((byte[])[.. first.Body, .. others]));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;ext=1\r\n[1\r\n1\r\n]\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1]")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n[1]")]
    public async Task Body_FramedInAnotherWay_ArrivesWhole(string answer)
    {
        await using var gateway = await StartAsync(async (_, connection) =>
        {
            await connection.SendAsync(answer);
            connection.Close();
        });
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal((200, "[1]", RawEnd.Complete), (response.Status, response.Text, response.End));
    }

    [Fact]
    public async Task Head_OfARead_PassesHeadersWithoutABody()
    {
        await using var gateway = await StartAsync((request, answer) =>
            request.Method == "HEAD"
                ? answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: \"v1\"\r\n\r\n")
                : answer.RespondAsync("[]"));
        using var client = await gateway.ConnectAsync();

        await client.SendAsync(Http.Head("HEAD", "/getUsers") + Http.Get("/getUsers"), Token);
        var head = await client.ReadResponseAsync(Token, toHead: true);
        var get = await client.ReadResponseAsync(Token);

        Assert.Equal((200, "1234", "\"v1\""), (head.Status, head.Headers["Content-Length"], head.Headers["ETag"]));
        Assert.Equal("[]", get.Text);   // nothing stood between the two
        Assert.Equal(["HEAD", "GET"], gateway.Upstream.Requests.Select(request => request.Method));
    }

    [Theory]
    [InlineData("204 No Content", 204)]
    [InlineData("204 No Content\r\nContent-Length: 5", 204)]
    [InlineData("205 Reset Content\r\nContent-Length: 0", 205)]
    [InlineData("304 Not Modified", 304)]
    [InlineData("304 Not Modified\r\nContent-Length: 1234", 304)]
    public async Task Status_WithoutABody_LeavesTheConnectionUsable(string line, int status)
    {
        await using var gateway = await StartAsync((request, answer) =>
            request.Target == "/getUsers" ? answer.SendAsync($"HTTP/1.1 {line}\r\nETag: \"v1\"\r\n\r\n") : answer.RespondAsync("[]"));
        using var client = await gateway.ConnectAsync();

        await client.SendAsync(Http.Get("/getUsers") + Http.Get("/getEvents"), Token);
        var empty = await client.ReadResponseAsync(Token);
        var next = await client.ReadResponseAsync(Token);

        Assert.Equal((status, "\"v1\""), (empty.Status, empty.Headers["ETag"]));
        Assert.Equal((200, "[]"), (next.Status, next.Text));
    }

    [Theory]
    [InlineData("301 Moved Permanently")]
    [InlineData("302 Found")]
    [InlineData("303 See Other")]
    [InlineData("307 Temporary Redirect")]
    [InlineData("308 Permanent Redirect")]
    public async Task Redirect_OfTheUpstream_IsTheClientsToFollow(string line)
    {
        await using var gateway = await StartAsync((_, answer) => answer.RespondAsync("moved", line, "Location: /elsewhere?a=%2F"));
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal(line[..3], $"{response.Status}");
        Assert.Equal(("/elsewhere?a=%2F", "moved"), (response.Headers["Location"], response.Text));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("429 Too Many Requests")]
    [InlineData("500 Internal Server Error")]
    [InlineData("502 Bad Gateway")]
    [InlineData("503 Service Unavailable")]
    [InlineData("504 Gateway Timeout")]
    public async Task Error_OfTheUpstream_KeepsItsBodyEvenIfThatIsEmpty(string line)
    {
        await using var gateway = await StartAsync((request, answer) =>
            answer.RespondAsync(request.Target == "/getUsers" ? "" : "its own words", line, "Content-Type: text/plain"));

        foreach (var (target, body) in ((string, string)[])[("/getUsers", ""), ("/getEvents", "its own words")])
        {
            var response = await gateway.GetAsync(target);
            Assert.Equal(line[..3], $"{response.Status}");
            Assert.Equal(("text/plain", body), (response.Headers["Content-Type"], response.Text));
        }
    }

    [Fact]
    public async Task Client_LeavesWithinTheBody_LetsTheUpstreamGoAndBlamesNobody()
    {
        var held = new HeldAnswer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[");
        await using var gateway = await StartAsync((_, answer) => held.HoldAsync(answer));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers"), Token);
        await client.ReadPartialResponseAsync(1, Token);

        client.Abort();

        await held.Left;
        Assert.Equal("client_abort", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Equal(0, await gateway.ErrorsAsync("getUsers", "body"));
    }

    private static Task<WiredGateway> StartAsync(Func<RawRequest, RawConnection, Task> answer) => WiredGateway.StartAsync(answer);
}
