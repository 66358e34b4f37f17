using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>A route's <c>AttemptTimeout</c>, until the headers are here, and its <c>Timeout</c>, for everything.</summary>
public sealed class TimeoutTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Length = "Content-Length: 100";
    private const string Chunked = "Transfer-Encoding: chunked";

    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData(Ok + "Content-")]
    public async Task Attempt_HeadersDontCome_IsA504AndTheUpstreamsFault(string sent)
    {
        var held = new HeldAnswer(sent);
        await using var gateway = await StartAsync(held.HoldAsync);
        var response = gateway.SendAsync(Http.Post(WiredGateway.NewEvent));
        await held.Arrived;

        gateway.Clock.Advance(Attempt - TimeSpan.FromMilliseconds(1));
        Assert.False(held.Left.IsCompleted);
        gateway.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Problem.Of(await response, 504, "upstream_timeout");
        await held.Left;
        var line = await gateway.FinishedAsync();
        Assert.Equal((504, "timeout", 5000), ((int?)line["status"], (string?)line["cause"], (int?)line["upstream_ms"]));
        Assert.Equal(1, await gateway.CallsAsync("failure", "timeout"));
        Assert.Equal(1, await gateway.ErrorsAsync("addEvent", "timeout"));
    }

    [Fact]
    public async Task Attempt_OfAnUnguardedRoute_IsA504()
    {
        var held = new HeldAnswer();
        await using var gateway = await StartAsync(held.HoldAsync);
        var response = gateway.SendAsync(Http.Get("/getUsers"));
        await held.Arrived;
        gateway.Clock.Advance(Attempt);
        Problem.Of(await response, 504, "upstream_timeout");
        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", "timeout"));
    }

    [Fact]
    public async Task Attempt_HeadersAreHere_HasNoSayOverTheBody()
    {
        var rest = new Gate();
        await using var gateway = await StartAsync(async answer =>
        {
            await answer.SendAsync(Ok + "Content-Length: 2\r\n\r\n{");
            await rest.PassAsync(answer.Stopping);
            await answer.SendAsync("}");
        });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        Assert.Equal(200, (await client.ReadPartialResponseAsync(1, Token)).Status);

        gateway.Clock.Advance(10 * Attempt);
        rest.Open();

        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.CallsAsync("success", "none"));
    }

    [Fact]
    public async Task Attempt_ClientLeavesFirst_IsIgnored()
    {
        var held = new HeldAnswer();
        await using var gateway = await StartAsync(held.HoldAsync);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        await held.Arrived;

        client.Abort();

        await held.Left;
        Assert.Equal("client_abort", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
    }

    [Fact]
    public async Task Attempt_AfterATimeout_LeavesTheClientsConnectionInUse()
    {
        var held = new HeldAnswer();
        var answers = new Queue<Func<RawConnection, Task>>([held.HoldAsync, answer => answer.RespondAsync("[]")]);
        await using var gateway = await StartAsync(answer => answers.Dequeue()(answer));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers"), Token);
        await held.Arrived;
        gateway.Clock.Advance(Attempt);
        Problem.Of(await client.ReadResponseAsync(Token), 504, "upstream_timeout");

        await client.SendAsync(Http.Get("/getUsers"), Token);

        Assert.Equal("[]", (await client.ReadResponseAsync(Token)).Text);
    }

    [Fact]
    public async Task Total_ClientDoesNotFinishACheckedBody_IsThe408OfASlowClient()
    {
        await using var gateway = await StartAsync(answer => answer.RespondAsync("{}"), HalfASecond);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead("Content-Type: application/json", "Content-Length: 100") + "{", Token);

        var response = await client.ReadResponseAsync(Token);

        Problem.Of(response, 408, "unreadable_body");
        Assert.Equal("close", response.Headers["Connection"]);
        await gateway.FinishedAsync();
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.CallsAsync("failure", "timeout"));
    }

    [Theory]
    [InlineData(Length, true)]
    [InlineData(Length, false)]
    [InlineData(Chunked, true)]
    [InlineData(Chunked, false)]
    public async Task Total_ClientDoesNotFinishAStreamedBody_IsThe408OfASlowClient(string framing, bool alsoAttempt)
    {
        await using var gateway = await StreamAsync(connection => connection.WaitForClientToLeaveAsync(), alsoAttempt ? HalfASecond : HalfASecondInAll);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead(framing) + "4\r\nsome\r\n", Token);

        var response = await client.ReadResponseAsync(Token);

        Problem.Of(response, 408, "unreadable_body");
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.Equal("unreadable_body", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
        Assert.Equal(0, await gateway.CallsAsync("failure", "timeout"));
    }

    // Kestrel says so when it finds the body within a read that a token has ended.
    [Theory]
    [InlineData(Length, false)]
    [InlineData(Chunked, false)]
    [InlineData(Length, true)]
    [InlineData(Chunked, true)]
    public async Task Total_ClientDoesNotFinishABody_LeavesItFitForDraining(string framing, bool isChecked)
    {
        await using var gateway = isChecked
            ? await StartAsync(answer => answer.RespondAsync("{}"), HalfASecondInAll)
            : await StreamAsync(connection => connection.WaitForClientToLeaveAsync(), HalfASecondInAll);
        await AssertDrainsAsync(gateway, framing);
    }

    [Theory]
    [InlineData(Length)]
    [InlineData(Chunked)]
    public async Task Activity_ClientDoesNotFinishABody_LeavesItFitForDraining(string framing)
    {
        await using var gateway = await StreamAsync(connection => connection.WaitForClientToLeaveAsync(), root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = "00:00:00.500";
            Route(root)["Metadata"]!.AsObject().Remove("AttemptTimeout");
        });
        await AssertDrainsAsync(gateway, framing);
    }

    [Fact]
    public async Task Total_UpstreamDoesNotTakeTheBody_IsA504AndTheUpstreamsFault()
    {
        const int Size = 50_000_000;   // more than all the buffers on the way
        await using var gateway = await StreamAsync(connection => Task.Delay(Timeout.Infinite, connection.Stopping), HalfASecond);
        using var client = await gateway.ConnectAsync();
        var upload = client.SendAsync(Http.PostHead($"Content-Length: {Size}") + new string('x', Size), Token);

        Problem.Of(await client.ReadResponseAsync(Token), 504, "upstream_timeout");

        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.CallsAsync("failure", "timeout"));
        client.Abort();
        await Record.ExceptionAsync(() => upload);
    }

    private static async Task AssertDrainsAsync(WiredGateway gateway, string framing)
    {
        const int InvalidState = 67;
        var log = new LogEntries();
        gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead("Content-Type: application/json", framing) + "4\r\nsome\r\n", Token);
        Problem.Of(await client.ReadResponseAsync(Token), 408, "unreadable_body");
        await gateway.FinishedAsync();

        client.CloseSending();
        await client.ReadToEndAsync(Token);

        Assert.Empty(log.Of(InvalidState));
    }

    /// <summary>The upstream's script sees each connection before its request; bodies are streamed.</summary>
    private static Task<WiredGateway> StreamAsync(Func<RawConnection, Task> onConnection, Action<JsonNode> edit) =>
        WiredGateway.StartAsync(RawUpstream.Start(onConnection), root =>
        {
            LimitAttempts(root);
            edit(root);
            Route(root)["Metadata"]!.AsObject().Remove("RequestBody");
        });

    private static Task<WiredGateway> StartAsync(Func<RawConnection, Task> answer, Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync((_, connection) => answer(connection), root =>
        {
            LimitAttempts(root);
            edit?.Invoke(root);
        });

    private static void LimitAttempts(JsonNode root)
    {
        foreach (var (_, route) in root["ReverseProxy"]!["Routes"]!.AsObject())
        {
            route!["Metadata"] ??= new JsonObject();
            route["Metadata"]!["AttemptTimeout"] = Attempt.ToString();
        }
    }

    private static void HalfASecondInAll(JsonNode root)
    {
        Route(root)["Timeout"] = "00:00:00.500";
        Route(root)["Metadata"]!.AsObject().Remove("AttemptTimeout");
    }

    private static void HalfASecond(JsonNode root)
    {
        HalfASecondInAll(root);
        Route(root)["Metadata"]!["AttemptTimeout"] = "00:00:00.500";
    }

    private static JsonNode Route(JsonNode root) => root["ReverseProxy"]!["Routes"]!["addEvent"]!;
}
