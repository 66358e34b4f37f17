using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Reads that fail over real sockets: what the upstream is asked again, what the client sees of it, and where it ends.</summary>
public sealed class RetryTests
{
    private const string Unavailable = "503 Service Unavailable";
    private const string AtOnce = """{ "BaseDelay": "00:00:00", "MaxDelay": "00:00:00" }""";
    private const string Never = """{ "MinRetries": 0, "Budget": 0 }""";
    private const string Slow = """{ "BaseDelay": "00:00:09.009", "MaxDelay": "00:00:09.009" }""";   // no wait is a whole second, as others are

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_AnsweredWithAChosenStatus_IsAskedAgainAndTheClientSeesOneAnswer()
    {
        await using var gateway = await StartAsync(AtOnce, Times(1, (_, answer) =>
            answer.RespondAsync("down", Unavailable, "X-First: 1", "Set-Cookie: a=1", "X-Correlation-Id: upstream")));
        using var client = await gateway.ConnectAsync();

        await client.SendAsync(Http.Get("/getUsers", "X-Correlation-Id: mine") + Http.Get("/getEvents"), Token);
        var response = await client.ReadResponseAsync(Token);
        var next = await client.ReadResponseAsync(Token);

        Assert.Equal((200, "[]", "[]"), (response.Status, response.Text, next.Text));
        Assert.Equal(["Content-Length", "Date", "X-Correlation-Id"], response.Headers.Lines.Select(line => line.Name).Order(StringComparer.Ordinal));
        Assert.Equal("mine", response.Headers["X-Correlation-Id"]);
        Assert.Equal(["/getUsers", "/getUsers", "/getEvents"], gateway.Upstream.Requests.Select(r => r.Target));
        var line = await gateway.FinishedAsync();
        Assert.Equal((200, null, 1), ((int?)line["status"], (string?)line["cause"], (int?)line["retries"]));
        Assert.Equal(0, (int?)(await gateway.FinishedAsync())["retries"]);
        Assert.Equal((1, 0), (await RetriesAsync(gateway, "getUsers", "status"), await RetriesAsync(gateway, "getUsers", "connect")));
        Assert.Equal((1, 1), (await CallsAsync(gateway, "failure"), await CallsAsync(gateway, "success")));
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", "status_5xx"));
    }

    [Fact]
    public async Task Read_WhoseConnectionBreaksBeforeAnAnswer_IsAskedAgain()
    {
        await using var gateway = await StartAsync(AtOnce, Times(1, (_, answer) => End(answer, "reset")));

        var response = await gateway.SendAsync(Http.Get("/getUsers"));

        Assert.Equal((200, "[]"), (response.Status, response.Text));
        var line = await gateway.FinishedAsync();
        Assert.Equal((null, "primary", 1), ((string?)line["cause"], (string?)line["destination"], (int?)line["retries"]));
        Assert.Equal(1, await RetriesAsync(gateway, "getUsers", "connect"));
        Assert.Equal(1, await gateway.ErrorsAsync("getUsers", "transport"));
    }

    // .NET would take such an end for that of a connection which was idle too long, and send the read up to three times again, outside of any budget.
    [Theory]
    [InlineData("/getUsers", 2, 1)]
    [InlineData("/getEvents", 1, 0)]
    public async Task Read_WhoseConnectionIsClosedWithoutAWord_IsSentOnceInEachAttempt(string path, int requests, int retries)
    {
        await using var gateway = await StartAsync(AtOnce, (_, answer) => End(answer, "close"));
        Problem.Of(await gateway.SendAsync(Http.Get(path)), 502, "upstream_failed");
        Assert.Equal(requests, gateway.Upstream.Requests.Count);
        Assert.Equal(("transport", retries), Of(await gateway.FinishedAsync()));
    }

    [Theory]
    [InlineData("GET", 200, 2)]   // the upstream may have closed while nobody asked: here .NET's resending helps
    [InlineData("HEAD", 200, 2)]
    [InlineData("OPTIONS", 200, 2)]
    [InlineData("POST", 502, 1)]
    [InlineData("PUT", 502, 1)]
    [InlineData("DELETE", 502, 1)]
    [InlineData("QUERY", 502, 1)]
    public async Task Request_OnAKeptConnectionThatIsClosedWithoutAWord_IsResentOnlyIfItReads(string method, int status, int requests)
    {
        await using var gateway = await WiredGateway.StartAsync(
            RawUpstream.Start(async connection =>
            {
                if (await connection.ReadRequestAsync() is { } first)
                {
                    await Fine(first, connection);
                    await connection.ReadRequestAsync();
                }
            }),
            AnyMethod);
        await gateway.GetAsync("/getUsers");

        var response = await gateway.SendAsync(Http.Head(method, $"/getUsers?{new string('x', 7_000)}"));

        Assert.Equal((status, 1 + requests), (response.Status, gateway.Upstream.Requests.Count));
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    public async Task Head_AndOptions_AreReadsToo(string method)
    {
        await using var gateway = await StartAsync(AtOnce, Times(1, Down), AnyMethod);
        Assert.Equal(200, (await gateway.SendAsync(Http.Head(method, "/getUsers"))).Status);
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("POST", "")]
    [InlineData("POST", "{}")]
    [InlineData("PUT", "{}")]
    [InlineData("PATCH", "{}")]
    [InlineData("GET", "{}")]   // its body could be sent only once
    [InlineData("POST", null)]
    [InlineData("PUT", null)]
    [InlineData("PATCH", null)]
    [InlineData("DELETE", null)]
    [InlineData("QUERY", null)]
    public async Task Request_ThatMayChangeSomethingOrHasABody_IsMadeOnce(string method, string? body)
    {
        foreach (var script in (Func<RawRequest, RawConnection, Task>[])[Down, (_, answer) => End(answer, "reset"), (_, answer) => End(answer, "close")])
        {
            await using var gateway = await StartAsync(AtOnce, script, AnyMethod);
            var length = body?.Length > 0 || (body is not null && method == "POST") ? [$"Content-Length: {body.Length}"] : Array.Empty<string>();

            var response = await gateway.SendAsync(Http.Head(method, "/getUsers", length) + body);

            Assert.Contains(response.Status, (int[])[502, 503]);
            Assert.Single(gateway.Upstream.Requests);
            Assert.Equal(0, (int?)(await gateway.FinishedAsync())["retries"]);
            Assert.Equal(0, await ExhaustedAsync(gateway));
        }
    }

    [Fact]
    public async Task Write_WithACheckedBody_IsMadeOnce()
    {
        await using var gateway = await StartAsync(AtOnce, Down);
        Assert.Equal(503, (await gateway.PostAsync()).Status);
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("500 Internal Server Error")]
    [InlineData("404 Not Found")]
    [InlineData("429 Too Many Requests")]
    [InlineData("302 Found")]
    [InlineData("503 Service Unavailable\r\nRetry-After: 1")]   // it says when
    public async Task Answer_ThatAsksForNoRetry_GoesThroughAsItIs(string status)
    {
        await using var gateway = await StartAsync(AtOnce, (_, answer) => answer.RespondAsync("as it is", status));
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal((status[..3], "as it is"), ($"{response.Status}", response.Text));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Read_ThatKeepsFailing_EndsWithTheLastAnswer(int attempts)
    {
        var count = 0;
        await using var gateway = await StartAsync(
            $$"""{ "MaxAttempts": {{attempts}}, "BaseDelay": "00:00:00", "MaxDelay": "00:00:00" }""",
            (_, answer) => answer.RespondAsync($"down {++count}", Unavailable, $"X-Count: {count}"));
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal((503, $"down {attempts}", $"{attempts}"), (response.Status, response.Text, response.Headers["X-Count"]));
        Assert.Equal(attempts, gateway.Upstream.Requests.Count);
        Assert.Equal(attempts - 1, await RetriesAsync(gateway, "getUsers", "status"));
    }

    [Fact]
    public async Task Read_ThatFailsInAnotherWayTheSecondTime_HasTheSecondsCause()
    {
        await using var gateway = await StartAsync(AtOnce, Times(1, Down, (_, answer) => End(answer, "reset")));
        Problem.Of(await gateway.SendAsync(Http.Get("/getUsers")), 502, "upstream_failed");
        Assert.Equal(("transport", 1), Of(await gateway.FinishedAsync()));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    public async Task Answer_ThatHasBegun_IsNeverAskedForAgain(string bytes)
    {
        await using var gateway = await StartAsync(AtOnce, async (_, answer) =>
        {
            await answer.SendAsync(bytes);
            answer.Close();
        });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers", "Connection: close"), Token);
        await client.ReadToEndAsync(Token);
        await gateway.FinishedAsync();
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Attempt_ThatTakesTooLong_IsNotTriedAgain()
    {
        var held = new HeldAnswer();
        await using var gateway = await StartAsync(
            AtOnce, (_, answer) => held.HoldAsync(answer), root => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"]!["AttemptTimeout"] = "00:00:01");
        var response = gateway.GetAsync("/getUsers");
        await held.Arrived;
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        Problem.Of(await response, 504, "upstream_timeout");
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Read_WithoutBudget_IsMadeOnceAndCounted(string path)
    {
        await using var gateway = await StartAsync(Never, Down);
        var response = await gateway.GetAsync(path);
        Assert.Equal(path == "/getUsers" ? (503, "down") : (502, response.Text), (response.Status, response.Text));
        Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(1, await ExhaustedAsync(gateway));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Read_WhoseBreakerOpens_IsNotTriedAgain(string path)
    {
        await using var gateway = await StartAsync(AtOnce, Down, root =>
        {
            root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 1;
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = JsonNode.Parse("""[ { "CircuitBreaker": "addEvent" } ]""");
            root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent";
        });

        var first = await gateway.GetAsync(path);
        Assert.Equal(path == "/getUsers" ? 503 : 502, first.Status);
        Assert.Equal("open", await gateway.BreakerStateAsync());
        Problem.Of(await gateway.GetAsync(path), 503, path == "/getUsers" ? "circuit_open" : "unavailable");

        Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(0, await ExhaustedAsync(gateway));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Read_ThatGetsNoPlace_IsNotTriedAgain(string path)
    {
        var held = new HeldAnswer();
        await using var gateway = await StartAsync(AtOnce, (_, answer) => held.HoldAsync(answer), root =>
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] = new JsonObject { ["MaxConcurrentCalls"] = "1" });
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Http.Get("/getUsers"), Token);
        await held.Arrived;

        Assert.Equal(503, (await gateway.SendAsync(Http.Get(path))).Status);

        Assert.Equal(("event-api", 0), ((string?)(await gateway.FinishedAsync())["cluster"], (int)(await RetriesAsync(gateway, "getUsers", "status"))!));
        Assert.Equal(1, await gateway.MetricAsync("gateway_cluster_calls_refused_total{cluster=\"event-api\"}"));
        first.Abort();
        await held.Left;
    }

    [Theory]
    [InlineData("/getUsers", false, 200)]
    [InlineData("/getUsers", true, 502)]     // a client that is bound to a destination isn't sent to another
    [InlineData("/getEventsByUserId/1", false, 200)]
    public async Task Retry_WhereThereIsAnotherDestination_GoesThere(string path, bool affinity, int status)
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);   // bound, and not listening: refused
        nobody.Server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var gateway = await StartAsync(AtOnce, Fine, root =>
        {
            var cluster = root["ReverseProxy"]!["Clusters"]!["event-api"]!;
            cluster["LoadBalancingPolicy"] = "FirstAlphabetical";
            cluster["Destinations"]!["nobody"] = new JsonObject { ["Address"] = $"http://{nobody.Server.LocalEndPoint}" };
            if (affinity)
            {
                cluster["SessionAffinity"] = new JsonObject { ["Enabled"] = true, ["Policy"] = "HashCookie", ["AffinityKeyName"] = "session" };
            }
        });

        var response = await gateway.SendAsync(Http.Get(path));

        Assert.Equal(status, response.Status);
        var line = await gateway.FinishedAsync();
        Assert.Equal(1, (int?)line["retries"]);
        if (path == "/getUsers")
        {
            Assert.Equal(affinity ? "nobody" : "primary", (string?)line["destination"]);
        }

        Assert.Equal(1, await RetriesAsync(gateway, path == "/getUsers" ? "getUsers" : "eventsByUser", "connect"));
    }

    [Theory]
    [InlineData("503")]
    [InlineData("reset")]
    public async Task Part_OfAnAggregation_IsTriedAgainByItself(string failure)
    {
        var calls = 0;
        await using var gateway = await StartAsync(AtOnce, (request, answer) =>
            request.Target == "/getUserById/1" ? answer.RespondAsync("""{"events":["a","b"]}""")
            : request.Target != "/getEventById/a" || Interlocked.Increment(ref calls) > 1 ? answer.RespondAsync("{}")
            : failure == "503" ? Down(request, answer)
            : End(answer, failure));

        var response = await gateway.SendAsync(Http.Get("/getEventsByUserId/1"));

        Assert.Equal((200, "[{},{}]"), (response.Status, response.Text));
        Assert.Equal((null, 1), Of(await gateway.FinishedAsync()));
        Assert.Equal(4, gateway.Upstream.Requests.Count);
        Assert.Equal(1, await RetriesAsync(gateway, "eventsByUser", failure == "503" ? "status" : "connect"));
        Assert.Equal(1, await gateway.ErrorsAsync("eventsByUser", failure == "503" ? "status_5xx" : "transport"));
        Assert.Equal(2, await gateway.MetricAsync("""gateway_aggregation_parts_total{aggregation="eventsByUser",outcome="success",step="event"}"""));
        Assert.Equal(0, await gateway.MetricAsync("""gateway_aggregation_parts_total{aggregation="eventsByUser",outcome="bad_status",step="event"}"""));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Client_LeavesDuringTheWait_EndsIt(string path)
    {
        await using var gateway = await StartAsync(Slow, Down);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get(path), Token);
        await FailedAsync(gateway, path == "/getUsers" ? "getUsers" : "eventsByUser");

        client.Abort();

        var line = await gateway.FinishedAsync();
        Assert.Equal((path == "/getUsers" ? "client_abort" : "cancelled", 0), Of(line));
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(gateway.Upstream.Requests);
    }

    // The framework measures a route's time by the system's clock; that of the wait stands still.
    [Fact]
    public async Task Wait_LongerThanTheTimeThatIsLeftToTheRoute_EndsWithIt()
    {
        await using var upstream = RawUpstream.Start(Down);
        await using var gateway = await TestGateway.StartAsync(upstream.Address, root =>
        {
            Retry(root, Slow);
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["Timeout"] = "00:00:02";
        }, new ManualClock());
        Problem.Of(await RawClientOf(gateway, "/getUsers"), 504, "upstream_timeout");
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Wait_LongerThanTheTimeThatIsLeftToTheStep_EndsWithIt()
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        var asked = TimeSpan.FromDays(9);
        await using var upstream = RawUpstream.Start((request, answer) =>
        {
            watched.CreateTimer(static _ => { }, null, asked, Timeout.InfiniteTimeSpan).Dispose();   // those made after it come from the answer
            return Down(request, answer);
        });
        await using var gateway = await TestGateway.StartAsync(upstream.Address, root =>
        {
            Retry(root, Slow);
            root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["Timeout"] = "00:00:00.001";
        }, watched);
        var response = RawClientOf(gateway, "/getEventsByUserId/1");
        while (await watched.NextTimerAsync(Token) != asked)
        {
        }

        while (await watched.NextTimerAsync(Token) is var due && (due > TimeSpan.FromSeconds(10) || due.Milliseconds == 0))
        {
        }

        clock.Advance(TimeSpan.FromMilliseconds(1));

        Problem.Of(await response, 504, "timeout");
        Assert.Single(upstream.Requests);
        Assert.Equal(0, await gateway.MetricAsync("""gateway_retries_total{reason="status",route="eventsByUser"}"""));
    }

    // However many clients an outage has, the upstream gets at most the budget's share on top.
    [Theory]
    [InlineData("503", 2)]
    [InlineData("503", 5)]
    [InlineData("reset", 2)]
    [InlineData("close", 2)]
    public async Task Outage_SeenByFiveHundredRequests_CostsTheUpstreamTheBudgetAndNoMore(string failure, int attempts)
    {
        const int Requests = 500;
        await using var gateway = await StartAsync(
            $$"""{ "MaxAttempts": {{attempts}}, "BaseDelay": "00:00:00", "MaxDelay": "00:00:00", "Budget": 0.2, "MinRetries": 10 }""",
            failure == "503" ? Down : (_, answer) => End(answer, failure));

        for (var round = 0; round < Requests / 50; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(i => gateway.SendAsync(Http.Get(i % 2 == 0 ? "/getUsers" : "/getEventsByUserId/1"))));
        }

        Assert.InRange(gateway.Upstream.Requests.Count, Requests + 1, (int)(1.2 * Requests));
        var retries = gateway.Upstream.Requests.Count - Requests;
        var reason = failure == "503" ? "status" : "connect";
        Assert.Equal(retries, await RetriesAsync(gateway, "getUsers", reason) + await RetriesAsync(gateway, "eventsByUser", reason));
        Assert.True(await ExhaustedAsync(gateway) > 0);
    }

    [Fact]
    public async Task Budget_OfAPolicyThatIsEdited_GoesOn()
    {
        const string Two = """{ "BaseDelay": "00:00:00", "MaxDelay": "00:00:00", "MinRetries": 2 }""";
        await using var gateway = await StartAsync(Two, Down);
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers");
        Assert.Equal(4, gateway.Upstream.Requests.Count);

        await gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(Reading.Shipped(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = gateway.Upstream.Address;
            Retry(root, """{ "BaseDelay": "00:00:00", "MaxDelay": "00:00:00", "MinRetries": 3 }""");
        }).IsTakenUp());

        await gateway.GetAsync("/getUsers");
        Assert.Equal(6, gateway.Upstream.Requests.Count);
        await gateway.GetAsync("/getUsers");
        Assert.Equal(7, gateway.Upstream.Requests.Count);
    }

    private static Task<WiredGateway> StartAsync(string policy, Func<RawRequest, RawConnection, Task> answer, Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync(answer, root =>
        {
            Retry(root, policy);
            edit?.Invoke(root);
        });

    // getEvents has none.
    private static void Retry(JsonNode root, string policy)
    {
        root["RetryPolicies"] = new JsonObject { ["p"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "p" };
        root["ReverseProxy"]!["Routes"]!["addEvent"]!["Metadata"]!["RetryPolicy"] = "p";
        root["Aggregations"]!["eventsByUser"]!["RetryPolicy"] = "p";
    }

    private static void AnyMethod(JsonNode root) => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Match"]!.AsObject().Remove("Methods");

    private static Func<RawRequest, RawConnection, Task> Times(
        int times, Func<RawRequest, RawConnection, Task> first, Func<RawRequest, RawConnection, Task>? then = null)
    {
        var count = 0;
        return (request, answer) => Interlocked.Increment(ref count) <= times ? first(request, answer) : (then ?? Fine)(request, answer);
    }

    private static Task Fine(RawRequest request, RawConnection answer) =>
        request.Method == "HEAD" ? answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        : answer.RespondAsync(request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? "{\"events\":[]}" : "[]");

    private static Task Down(RawRequest request, RawConnection answer) => answer.RespondAsync(request.Method == "HEAD" ? "" : "down", Unavailable);

    private static Task End(RawConnection answer, string how)
    {
        if (how == "reset")
        {
            answer.Reset();
        }
        else
        {
            answer.Close();
        }

        return Task.CompletedTask;
    }

    private static async Task<RawResponse> RawClientOf(TestGateway gateway, string path)
    {
        using var client = await RawClient.ConnectAsync(gateway.Port, Token);
        await client.SendAsync(Http.Get(path), Token);
        return await client.ReadResponseAsync(Token);
    }

    private static async Task FailedAsync(WiredGateway gateway, string route)
    {
        while (await gateway.ErrorsAsync(route, "status_5xx") != 1)
        {
            await Task.Yield();
        }
    }

    private static (string? Cause, int? Retries) Of(JsonNode line) => ((string?)line["cause"], (int?)line["retries"]);

    private static Task<double?> RetriesAsync(WiredGateway gateway, string route, string reason) =>
        gateway.MetricAsync($$"""gateway_retries_total{reason="{{reason}}",route="{{route}}"}""");

    private static Task<double?> ExhaustedAsync(WiredGateway gateway) => gateway.MetricAsync("gateway_retry_budget_exhausted_total{policy=\"p\"}");

    private static Task<double?> CallsAsync(WiredGateway gateway, string outcome) => gateway.MetricAsync(
        $$"""gateway_upstream_request_duration_seconds_count{cluster="event-api",method="GET",outcome="{{outcome}}",route="getUsers"}""");
}
