using System.Collections.Concurrent;
using System.Globalization;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>
/// <c>POST /addEvent</c> behind its breaker: what reaches the upstream, how often, and what a client is told meanwhile. The clock moves
/// only by hand, and without jitter every wait is exact.
/// </summary>
public sealed class GuardedWriteTests
{
    private const string Success = """{"success":true}""";
    private const string Overloaded =
        """{"success":false,"error":"Service temporarily unavailable","message":"Event API is experiencing high load"}""";

    private readonly EventApi _api = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_UpstreamEndsAReusedConnectionWithoutAnAnswer_IsSentOnce(bool byReset)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.PostAsync()).Status);
        _api.Answer = answer =>
        {
            (byReset ? (Action)answer.Reset : answer.Close)();
            return Task.CompletedTask;
        };

        Problem.Of(await gateway.PostAsync(), 502, "upstream_failed");

        Assert.Equal(2, gateway.Upstream.Requests.Count);
        Assert.Single(_api.Connections);
        Assert.Equal(1, await gateway.CallsAsync("failure", "transport"));
    }

    [Fact]
    public async Task Post_UpstreamIsOverloaded_PassesItsAnswerThrough()
    {
        await using var gateway = await StartAsync();
        _api.Fail();
        var response = await gateway.PostAsync();
        Assert.Equal((503, Overloaded), (response.Status, response.Text));
        Assert.Null(response.Headers["Retry-After"]);
    }

    [Fact]
    public async Task Post_AfterThreeFailures_IsRejectedAndNeverReachesTheUpstream()
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        gateway.Clock.Advance(TimeSpan.FromSeconds(3.5));

        var response = await gateway.PostAsync();

        var body = Problem.Of(response, 503, "circuit_open");
        Assert.Equal("7", response.Headers["Retry-After"]);
        Assert.Equal(7, (int?)body["retryAfter"]);
        Assert.Equal("OPEN", (string?)body["circuitBreakerState"]);
        Assert.Equal("Service temporarily unavailable", (string?)body["error"]);
        Assert.Equal("Event service is currently experiencing issues. Please try again later.", (string?)body["message"]);
        Assert.Equal(3, gateway.Upstream.Requests.Count);
        Assert.Equal(3, await gateway.CallsAsync("failure", "status_5xx"));
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_rejections_total{breaker="addEvent",state="open"}"""));
    }

    [Theory]
    [InlineData("""{"name":"Party"}""", 400)]
    [InlineData("not JSON", 400)]
    public async Task Post_OfAClientsMistakeWhileOpen_IsStillTheClientsMistake(string body, int status)
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        Assert.Equal(status, (await gateway.PostAsync(body)).Status);
        Assert.Equal(0, await gateway.MetricAsync("""gateway_breaker_rejections_total{breaker="addEvent",state="open"}"""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_WhileOpen_LeavesTheConnectionToWhatFollows(bool inChunks)
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        _api.Succeed();
        var body = $$"""{"name":"{{new string('x', 10_000)}}","userId":"1"}""";   // in several pieces of memory
        var post = inChunks
            ? Http.PostHead("Content-Type: application/json", "Transfer-Encoding: chunked") + $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n"
            : Http.Post(body);
        using var client = await gateway.ConnectAsync();

        await client.SendAsync(post + post + Http.Get("/getUsers"), Token);

        Problem.Of(await client.ReadResponseAsync(Token), 503, "circuit_open");
        Problem.Of(await client.ReadResponseAsync(Token), 503, "circuit_open");
        Assert.Equal(Success, (await client.ReadResponseAsync(Token)).Text);
    }

    [Fact]
    public async Task Reads_WhileTheBreakerIsOpen_GoOn()
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        _api.Succeed();
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
    }

    [Fact]
    public async Task Breaker_AfterItsWait_ClosesWithOneGoodProbe()
    {
        await using var gateway = await StartAsync();
        Assert.Equal("closed", await gateway.BreakerStateAsync());
        await OpenAsync(gateway);
        Assert.Equal("open", await gateway.BreakerStateAsync());
        _api.Succeed();

        gateway.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal("1", (await RejectedAsync(gateway, "OPEN")).Headers["Retry-After"]);
        gateway.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("half_open", await gateway.BreakerStateAsync());
        Assert.Equal(Success, (await gateway.PostAsync()).Text);

        Assert.Equal("closed", await gateway.BreakerStateAsync());
        Assert.Equal(0, await gateway.MetricAsync("""gateway_breaker_backoff_step{breaker="addEvent"}"""));
        Assert.Equal(200, (await gateway.PostAsync()).Status);
    }

    [Fact]
    public async Task Breaker_ProbesKeepFailing_WaitsTwiceAsLongEachTimeUpToAMinute()
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        var waits = new List<string>();
        for (var probe = 0; probe < 5; probe++)
        {
            var wait = (await RejectedAsync(gateway, "OPEN")).Headers["Retry-After"]!;
            waits.Add(wait);
            gateway.Clock.Advance(TimeSpan.FromSeconds(int.Parse(wait, CultureInfo.InvariantCulture)));
            Assert.Equal(Overloaded, (await gateway.PostAsync()).Text);
        }

        Assert.Equal(["10", "20", "40", "60", "60"], waits);
        Assert.Equal(3 + 5, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Breaker_AHundredPostsAtTheEndOfTheWait_LetsOneProbe()
    {
        const int Crowd = 100;
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        var probe = HoldSuccess();
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));

        var posts = Enumerable.Range(0, Crowd).Select(_ => gateway.SendAsync(Http.Post(WiredGateway.NewEvent))).ToList();
        await foreach (var rejected in Task.WhenEach(posts).Take(Crowd - 1).WithCancellation(Token))
        {
            var response = await rejected;
            Assert.Equal("HALF_OPEN", (string?)Problem.Of(response, 503, "circuit_open")["circuitBreakerState"]);
            Assert.Equal("1", response.Headers["Retry-After"]);
        }

        probe.Open();
        var answers = await Task.WhenAll(posts);
        Assert.Equal(Success, Assert.Single(answers, answer => answer.Status == 200).Text);
        Assert.Equal(3 + 1, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Probe_ClientLeaves_GivesItsPlaceToTheNext()
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        var probe = new HeldAnswer();
        _api.Answer = probe.HoldAsync;
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        await probe.Arrived;

        client.Abort();
        await gateway.FinishedAsync();

        await probe.Left;
        Assert.Equal("half_open", await gateway.BreakerStateAsync());
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
        _api.Succeed();
        Assert.Equal(200, (await gateway.PostAsync()).Status);
        Assert.Equal("closed", await gateway.BreakerStateAsync());
    }

    [Fact]
    public async Task Probe_AnswersWellAndBreaksOff_OpensAgain()
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        var read = new Gate();
        _api.Answer = async answer =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{");
            await read.PassAsync(answer.Stopping);
            answer.Reset();
        };
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        Assert.Equal(200, (await client.ReadPartialResponseAsync(1, Token)).Status);

        read.Open();
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        await gateway.FinishedAsync();

        Assert.Equal(1, await gateway.CallsAsync("failure", "body"));
        Assert.Equal("20", (await RejectedAsync(gateway, "OPEN")).Headers["Retry-After"]);
    }

    [Fact]
    public async Task Probe_NeverReports_CountsAsFailedWhenItsLeaseEnds()
    {
        await using var gateway = await StartAsync();
        await OpenAsync(gateway);
        var probe = HoldSuccess();
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        var hanging = gateway.SendAsync(Http.Post(WiredGateway.NewEvent));
        await probe.Arrived.InTime();

        await RejectedAsync(gateway, "HALF_OPEN");
        gateway.Clock.Advance(TimeSpan.FromSeconds(35));
        Assert.Equal("20", (await RejectedAsync(gateway, "OPEN")).Headers["Retry-After"]);

        probe.Open();
        Assert.Equal(200, (await hanging.InTime()).Status);   // its client isn't to blame
        await gateway.FinishedAsync();
        Assert.Equal("open", await gateway.BreakerStateAsync());
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_late_results_total{breaker="addEvent",outcome="success"}"""));
    }

    [Fact]
    public async Task Failure_ByItsStatus_CountsBeforeTheClientHasTheAnswer()
    {
        await using var gateway = await StartAsync();
        _api.Fail();
        await gateway.PostAsync();
        await gateway.PostAsync();
        var rest = new Gate();
        _api.Answer = async answer =>
        {
            await answer.SendAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{");
            await rest.PassAsync(answer.Stopping);
            await answer.SendAsync("}");
        };
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);

        Assert.Equal(503, (await client.ReadPartialResponseAsync(1, Token)).Status);
        await RejectedAsync(gateway, "OPEN");

        rest.Open();
        await gateway.FinishedAsync();
        Assert.Equal(3, await gateway.CallsAsync("failure", "status_5xx"));   // the end of the body counts no second time
    }

    [Theory]
    [InlineData("45", "45")]
    [InlineData("5", "10")]        // never less than the breaker's own wait
    [InlineData("600", "60")]      // never more than MaxResetTimeout
    [InlineData("99999999999999999999", "60")]
    [InlineData("soon", "10")]
    [InlineData("Thu, 01 Jan 2026 00:00:30 GMT", "30")]   // the clock's day begins at midnight
    [InlineData("Wed, 31 Dec 2025 00:00:00 GMT", "10")]
    public async Task RetryAfter_OfTheUpstream_LengthensTheWait(string retryAfter, string wait)
    {
        await using var gateway = await StartAsync();
        _api.Answer = answer => answer.RespondAsync(Overloaded, "503 Service Unavailable", $"Retry-After: {retryAfter}");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(retryAfter, (await gateway.PostAsync()).Headers["Retry-After"]);
        }

        Assert.Equal(wait, (await RejectedAsync(gateway, "OPEN")).Headers["Retry-After"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Result_OfACallFromBeforeTheTrip_ChangesNothing(bool succeeds)
    {
        await using var gateway = await StartAsync();
        var late = new Gate();
        _api.Answer = async answer =>
        {
            await late.PassAsync(answer.Stopping);
            await answer.RespondAsync("{}", succeeds ? "200 OK" : "500 Internal Server Error");
        };
        var early = gateway.SendAsync(Http.Post(WiredGateway.NewEvent));
        await late.Arrived.InTime();
        await OpenAsync(gateway);
        gateway.Clock.Advance(TimeSpan.FromSeconds(4));

        late.Open();
        await early;
        await gateway.FinishedAsync();

        Assert.Equal("6", (await RejectedAsync(gateway, "OPEN")).Headers["Retry-After"]);
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_backoff_step{breaker="addEvent"}"""));
        Assert.Equal(1, await gateway.MetricAsync(
            $$"""gateway_breaker_late_results_total{breaker="addEvent",outcome="{{(succeeds ? "success" : "failure")}}"}"""));
    }

    /// <summary>From now on the upstream answers well, but only once the gate is open.</summary>
    private Gate HoldSuccess()
    {
        var gate = new Gate();
        _api.Answer = async answer =>
        {
            await gate.PassAsync(answer.Stopping);
            await answer.RespondAsync(Success);
        };
        return gate;
    }

    private Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((_, answer) => _api.AnswerAsync(answer));

    private async Task OpenAsync(WiredGateway gateway)
    {
        _api.Fail();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Overloaded, (await gateway.PostAsync()).Text);
        }
    }

    private static async Task<RawResponse> RejectedAsync(WiredGateway gateway, string state)
    {
        var response = await gateway.PostAsync();
        Assert.Equal(state, (string?)Problem.Of(response, 503, "circuit_open")["circuitBreakerState"]);
        return response;
    }

    private sealed class EventApi
    {
        private readonly ConcurrentDictionary<RawConnection, int> _connections = new();

        /// <summary>The connections on which requests came.</summary>
        public IEnumerable<RawConnection> Connections => _connections.Keys;

        public Func<RawConnection, Task> Answer { get; set; } = answer => answer.RespondAsync(Success);

        public Task AnswerAsync(RawConnection connection)
        {
            _connections[connection] = 0;
            return Answer(connection);
        }

        public void Fail() => Answer = answer => answer.RespondAsync(Overloaded, "503 Service Unavailable");

        public void Succeed() => Answer = answer => answer.RespondAsync(Success);
    }
}
