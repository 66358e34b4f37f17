using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>
/// Every way in which an upstream fails on the wire: what the client gets, and what the breaker and the metrics count. Each has a name
/// in <see cref="Failures"/>.
/// </summary>
public sealed class UpstreamFailureTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    private static readonly Dictionary<string, Func<RawConnection, Task>> Failures = new()
    {
        ["resets before headers"] = Reset,
        ["closes before headers"] = Close,
        ["closes within the status line"] = answer => ThenClose(answer, "HTTP/1.1 2"),
        ["closes within the headers"] = answer => ThenClose(answer, Ok + "Content-Len"),
        ["speaks another protocol"] = answer => ThenClose(answer, "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        ["has a status that is no number"] = answer => ThenClose(answer, "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}"),
        ["sends a header without a colon"] = answer => ThenClose(answer, Ok + "Content-Length: 2\r\nno colon here\r\n\r\n{}"),
        ["sends a header without a name"] = answer => ThenClose(answer, Ok + "Content-Length: 2\r\n: x\r\n\r\n{}"),
        ["sends a control character in a header"] = answer => ThenClose(answer, Ok + "Content-Length: 2\r\nX-Bad: a\u0001b\r\n\r\n{}"),
        ["sends headers beyond measure"] = answer => ThenClose(answer, $"{Ok}Content-Length: 2\r\nX-Large: {new string('x', 100_000)}\r\n\r\n{{}}"),
        ["names two lengths"] = answer => ThenClose(answer, Ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
        ["closes before the first byte of the body"] = answer => ThenClose(answer, Ok + "Content-Length: 10\r\n\r\n"),
        ["resets before the first byte of the body"] = answer => ThenReset(answer, Ok + "Content-Length: 10\r\n\r\n"),
        ["stalls before headers"] = answer => answer.WaitForClientToLeaveAsync(),
        ["stalls within the headers"] = answer => ThenStall(answer, Ok + "Content-"),
    };

    /// <summary>What the upstream sends first, with one byte of a body, and what it does once the client has that byte.</summary>
    private static readonly Dictionary<string, (string First, Func<RawConnection, Task> Then)> LaterFailures = new()
    {
        ["closes within the body"] = (Ok + "Content-Length: 10\r\n\r\n{", Close),
        ["resets within the body"] = (Ok + "Content-Length: 10\r\n\r\n{", Reset),
        ["closes within a chunk"] = (Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", Close),
        ["closes before the last chunk"] = (Ok + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", Close),
        ["sends a chunk size that is no number"] = (Ok + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", answer => ThenClose(answer, "zz\r\n")),
        ["stalls within the body"] = (Ok + "Content-Length: 10\r\n\r\n{", answer => answer.WaitForClientToLeaveAsync()),
        ["answers 503 and closes within the body"] = ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 10\r\n\r\n{", Close),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("resets before headers", 502, "transport")]
    [InlineData("closes before headers", 502, "transport")]
    [InlineData("closes within the status line", 502, "transport")]
    [InlineData("closes within the headers", 502, "transport")]
    [InlineData("speaks another protocol", 502, "bad_response")]
    [InlineData("has a status that is no number", 502, "bad_response")]
    [InlineData("sends a header without a colon", 502, "bad_response")]
    [InlineData("sends a header without a name", 502, "bad_response")]
    [InlineData("sends a control character in a header", 502, "bad_response")]
    [InlineData("sends headers beyond measure", 502, "bad_response")]
    [InlineData("names two lengths", 502, "bad_response")]
    [InlineData("closes before the first byte of the body", 502, "body")]
    [InlineData("resets before the first byte of the body", 502, "body")]
    [InlineData("stalls before headers", 504, "timeout")]
    [InlineData("stalls within the headers", 504, "timeout")]
    public async Task Failure_BeforeTheBody_GetsAnHonestErrorAndIsCounted(string failure, int status, string cause)
    {
        await using var gateway = await StartAsync(Failures[failure], Hurry(failure));

        Problem.Of(await gateway.PostAsync(), status, status == 504 ? "upstream_timeout" : "upstream_failed");
        Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(1, await gateway.CallsAsync("failure", cause));
        Assert.Equal(1, await gateway.ErrorsAsync("addEvent", cause));

        Problem.Of(await gateway.GetAsync("/getUsers"), status, status == 504 ? "upstream_timeout" : "upstream_failed");
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", cause));
    }

    [Theory]
    [InlineData("closes within the body", 200, "body")]
    [InlineData("resets within the body", 200, "body")]
    [InlineData("closes within a chunk", 200, "body")]
    [InlineData("closes before the last chunk", 200, "body")]
    [InlineData("sends a chunk size that is no number", 200, "body")]
    [InlineData("stalls within the body", 200, "timeout")]
    [InlineData("answers 503 and closes within the body", 503, "status_5xx")]
    public async Task Failure_WithinTheBody_CutsTheClientsConnectionAndIsCounted(string failure, int status, string cause)
    {
        var (first, then) = LaterFailures[failure];
        var read = new SemaphoreSlim(0);
        await using var gateway = await StartAsync(async answer =>
        {
            await answer.SendAsync(first);
            await read.WaitAsync(answer.Stopping);
            await then(answer);
        }, Hurry(failure));

        await AssertCutAsync(gateway, Http.Post(WiredGateway.NewEvent), status, read);
        Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(1, await gateway.CallsAsync("failure", cause));
        Assert.Equal(1, await gateway.ErrorsAsync("addEvent", cause));

        await AssertCutAsync(gateway, Http.Get("/getUsers"), status, read);
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", cause));
    }

    [Fact]
    public async Task Upstream_IsNotThere_Gets502AndCountsAsConnect()
    {
        using var nobody = new Socket(SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));   // the port is taken, and nobody listens
        await using var gateway = await StartAsync(Close, root =>
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = $"http://{nobody.LocalEndPoint}");

        Problem.Of(await gateway.PostAsync(), 502, "upstream_failed");
        Problem.Of(await gateway.GetAsync("/getUsers"), 502, "upstream_failed");

        Assert.Equal(1, await gateway.CallsAsync("failure", "connect"));
        Assert.Equal(1, await gateway.ErrorsAsync("addEvent", "connect"));
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", "connect"));
    }

    [Theory]
    [InlineData("500 Internal Server Error")]
    [InlineData("502 Bad Gateway")]
    [InlineData("503 Service Unavailable")]
    [InlineData("599 Whatever")]
    public async Task Status_OfAServerError_PassesThroughAndIsCounted(string line)
    {
        const string Body = """{"success":false,"error":"its own words"}""";
        await using var gateway = await StartAsync(answer => answer.RespondAsync(Body, line, "X-Reason: load"));

        var response = await gateway.PostAsync();

        Assert.Equal(line[..3], $"{response.Status}");
        Assert.Equal((Body, "load"), (response.Text, response.Headers["X-Reason"]));
        Assert.Equal(1, await gateway.CallsAsync("failure", "status_5xx"));
        Assert.Equal(1, await gateway.ErrorsAsync("addEvent", "status_5xx"));
    }

    [Theory]
    [InlineData("200 OK")]
    [InlineData("302 Found")]
    [InlineData("400 Bad Request")]
    [InlineData("404 Not Found")]
    [InlineData("429 Too Many Requests")]
    public async Task Status_OfAnyOtherKind_IsASuccess(string line)
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync("{}", line));
        Assert.Equal(line[..3], $"{(await gateway.PostAsync()).Status}");
        Assert.Equal(1, await gateway.CallsAsync("success", "none"));
    }

    [Theory]
    [InlineData("stalls before headers")]
    [InlineData("stalls within the headers")]
    public async Task RouteTimeout_BeforeTheBody_IsA504AndTheUpstreamsFault(string failure)
    {
        await using var gateway = await StartAsync(Failures[failure], TimeOutRoutes);
        Problem.Of(await gateway.PostAsync(), 504, "upstream_timeout");
        Problem.Of(await gateway.GetAsync("/getUsers"), 504, "upstream_timeout");
        Assert.Equal(1, await gateway.CallsAsync("failure", "timeout"));
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", "timeout"));
    }

    [Fact]
    public async Task RouteTimeout_WithinTheBody_CutsTheClientsConnection()
    {
        await using var gateway = await StartAsync(answer => ThenStall(answer, Ok + "Content-Length: 10\r\n\r\n{"), TimeOutRoutes);
        await AssertCutAsync(gateway, Http.Post(WiredGateway.NewEvent), 200, new SemaphoreSlim(0));
        Assert.Equal(1, await gateway.CallsAsync("failure", "timeout"));
    }

    [Fact]
    public async Task ActivityTimeout_WhileTheUpstreamMakesProgress_IsNoTotalTime()
    {
        const int Pieces = 20;
        await using var gateway = await StartAsync(async answer =>
        {
            await answer.SendAsync($"{Ok}Content-Length: {Pieces}\r\n\r\n");
            for (var i = 0; i < Pieces; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), answer.Stopping);   // all together longer than the timeout
                await answer.SendAsync("x");
            }
        }, root => SetActivityTimeout(root, "00:00:01.500"));
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal((200, new string('x', Pieces)), (response.Status, response.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(Ok)]
    [InlineData(Ok + "Content-Length: 10\r\n\r\n{")]
    public async Task Client_LeavesFirst_IsNoFailureOfTheUpstream(string sent)
    {
        var held = new HeldAnswer(sent);
        await using var gateway = await WiredGateway.StartAsync((_, answer) => held.HoldAsync(answer));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        await held.Arrived;

        client.Abort();

        await held.Left;
        Assert.Equal("client_abort", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
    }

    private static Task<WiredGateway> StartAsync(Func<RawConnection, Task> answer, Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync((_, connection) => answer(connection), edit);

    /// <summary>Only a stall has to be waited for; every other failure shows by itself, however slow the machine is.</summary>
    private static Action<JsonNode>? Hurry(string failure) =>
        failure.StartsWith("stalls", StringComparison.Ordinal) ? root => SetActivityTimeout(root, "00:00:00.500") : null;

    private static void SetActivityTimeout(JsonNode root, string time) =>
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = time;

    private static void TimeOutRoutes(JsonNode root)
    {
        foreach (var (_, route) in root["ReverseProxy"]!["Routes"]!.AsObject())
        {
            route!["Timeout"] = "00:00:00.500";
        }
    }

    /// <summary>The client has a byte of the body; from then on, nothing but the end of its connection.</summary>
    private static async Task AssertCutAsync(WiredGateway gateway, string request, int status, SemaphoreSlim read)
    {
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(request, Token);
        Assert.Equal(status, (await client.ReadPartialResponseAsync(1, Token)).Status);
        read.Release();
        Assert.DoesNotContain("0\r\n\r\n", Encoding.Latin1.GetString((await client.ReadToEndAsync(Token)).Bytes), StringComparison.Ordinal);
        await gateway.FinishedAsync();
    }

    private static Task Reset(RawConnection answer)
    {
        answer.Reset();
        return Task.CompletedTask;
    }

    private static Task Close(RawConnection answer)
    {
        answer.Close();
        return Task.CompletedTask;
    }

    private static async Task ThenClose(RawConnection answer, string text)
    {
        await answer.SendAsync(text);
        answer.Close();
    }

    private static async Task ThenReset(RawConnection answer, string text)
    {
        await answer.SendAsync(text);
        answer.Reset();
    }

    private static async Task ThenStall(RawConnection answer, string text)
    {
        await answer.SendAsync(text);
        await answer.WaitForClientToLeaveAsync();
    }
}
