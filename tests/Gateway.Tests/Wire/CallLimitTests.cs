using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>A cluster with few places over real sockets: who gets one, who waits, who is turned away, and what the breaker hears of it.</summary>
public sealed class CallLimitTests
{
    private static readonly TimeSpan QueueTimeout = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<Func<RawConnection, Task>> _answers = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEvents")]
    public async Task Call_NoPlaceAndNoQueue_IsA503WithRetryAfter(string path)
    {
        await using var gateway = await StartAsync(1, 0);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));

        var response = await gateway.SendAsync(Http.Get(path));

        var problem = Problem.Of(response, 503, "overloaded");
        Assert.Equal(("2", 2), (response.Headers["Retry-After"], (int?)problem["retryAfter"]));
        Assert.Null(response.Headers["Connection"]);
        var line = await gateway.FinishedAsync();
        Assert.Equal((503, "overloaded", "event-api"), ((int?)line["status"], (string?)line["cause"], (string?)line["cluster"]));
        Assert.Equal(1, await gateway.MetricAsync($$"""gateway_requests_rejected_total{reason="overload",route="{{path[1..]}}"}"""));
        Assert.Equal(1, await ClusterAsync(gateway, "calls_refused_total"));
        Assert.Single(gateway.Upstream.Requests);
        held.Open();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Place_IsHeld_UntilTheLastByteOfTheBody()
    {
        await using var gateway = await StartAsync(1, 0);
        var rest = new Gate();
        _answers.Enqueue(async answer =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[");
            await rest.PassAsync(answer.Stopping);
            await answer.SendAsync("]");
        });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers"), Token);
        await client.ReadPartialResponseAsync(1, Token);

        Problem.Of(await gateway.GetAsync("/getUsers"), 503, "overloaded");

        rest.Open();
        await gateway.FinishedAsync();
        Assert.Equal(0, await ClusterAsync(gateway, "calls_in_flight"));
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
    }

    [Fact]
    public async Task Call_PlaceBecomesFreeInTime_IsServedInTurn()
    {
        await using var gateway = await StartAsync(1, 2);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers?1"));
        var second = gateway.SendAsync(Http.Get("/getUsers?2"));
        await QueuedAsync(gateway, 1);
        var third = gateway.SendAsync(Http.Get("/getUsers?3"));
        await QueuedAsync(gateway, 2);
        Problem.Of(await gateway.SendAsync(Http.Get("/getUsers?4")), 503, "overloaded");

        held.Open();

        Assert.All(await Task.WhenAll(first, second, third), response => Assert.Equal(200, response.Status));
        Assert.Equal(["/getUsers?1", "/getUsers?2", "/getUsers?3"], gateway.Upstream.Requests.Select(r => r.Target));
        Assert.Equal(2, await ClusterAsync(gateway, "queue_wait_seconds_count"));
    }

    [Fact]
    public async Task Call_WaitsTooLong_IsA503AndNothingToTheBreaker()
    {
        await using var gateway = await StartAsync(1, 1);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        var waiting = gateway.SendAsync(Http.Post(WiredGateway.NewEvent));
        await QueuedAsync(gateway, 1);

        gateway.Clock.Advance(QueueTimeout);

        Assert.Equal("2", (await AssertOverloadedAsync(waiting)).Headers["Retry-After"]);
        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.CallsAsync("not_attempted", "local"));
        Assert.Equal(0, await gateway.CallsAsync("failure", "timeout"));
        Assert.Equal((1, 0), (await ClusterAsync(gateway, "calls_in_flight"), await ClusterAsync(gateway, "calls_queued")));
        held.Open();
        await first;
    }

    [Fact]
    public async Task Call_RouteTimeoutEndsInTheQueue_IsA503()
    {
        await using var gateway = await StartAsync(1, 1, root => root["ReverseProxy"]!["Routes"]!["addEvent"]!["Timeout"] = "00:00:00.300");
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));

        await AssertOverloadedAsync(gateway.SendAsync(Http.Post(WiredGateway.NewEvent)));

        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.CallsAsync("not_attempted", "local"));
        Assert.Equal(1, await ClusterAsync(gateway, "calls_refused_total"));
        held.Open();
        await first;
    }

    [Fact]
    public async Task Client_LeavesTheQueue_FreesItsPlaceInIt()
    {
        await using var gateway = await StartAsync(1, 1);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        await QueuedAsync(gateway, 1);

        client.Abort();

        var line = await gateway.FinishedAsync();
        Assert.Equal((499, "client_abort"), ((int?)line["status"], (string?)line["cause"]));
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
        Assert.Equal(0, await ClusterAsync(gateway, "calls_refused_total"));
        var next = gateway.SendAsync(Http.Get("/getUsers"));
        await QueuedAsync(gateway, 1);
        held.Open();
        Assert.All(await Task.WhenAll(first, next), response => Assert.Equal(200, response.Status));
    }

    [Fact]
    public async Task Breaker_IsOpen_RefusesWithoutAPlace()
    {
        await using var gateway = await StartAsync(1, 1);
        for (var i = 0; i < 3; i++)
        {
            _answers.Enqueue(answer => answer.RespondAsync("{}", "500 Internal Server Error"));
            await gateway.PostAsync();
        }

        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        Problem.Of(await gateway.SendAsync(Http.Post(WiredGateway.NewEvent)), 503, "circuit_open");
        held.Open();
        await first;
    }

    [Fact]
    public async Task Probe_GetsNoPlace_GivesItsPermitToTheNext()
    {
        await using var gateway = await StartAsync(1, 0);
        for (var i = 0; i < 3; i++)
        {
            _answers.Enqueue(answer => answer.RespondAsync("{}", "500 Internal Server Error"));
            await gateway.PostAsync();
        }

        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        Problem.Of(await gateway.SendAsync(Http.Post(WiredGateway.NewEvent)), 503, "overloaded");
        held.Open();
        await first;
        await gateway.FinishedAsync();
        await gateway.FinishedAsync();
        Assert.Equal("half_open", await gateway.BreakerStateAsync());
        Assert.Equal(200, (await gateway.PostAsync()).Status);
        Assert.Equal("closed", await gateway.BreakerStateAsync());
    }

    [Fact]
    public async Task Duration_OfACallThatWaited_BeginsWithItsPlace()
    {
        await using var gateway = await StartAsync(1, 1);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        var waiting = gateway.SendAsync(Http.Get("/getEvents"));
        await QueuedAsync(gateway, 1);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1.5));
        held.Open();
        await Task.WhenAll(first, waiting);

        var lines = new[] { await gateway.FinishedAsync(), await gateway.FinishedAsync() };

        var line = Assert.Single(lines, l => (string?)l["route"] == "getEvents");
        Assert.Equal((1500, 0), ((int?)line["duration_ms"], (int?)line["upstream_ms"]));
    }

    [Fact]
    public async Task Duration_OfAGuardedCallThatWaited_BeginsWithItsPlace()
    {
        await using var gateway = await StartAsync(1, 1);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        _answers.Enqueue(answer => answer.RespondAsync("{}", "500 Internal Server Error"));
        var waiting = gateway.SendAsync(Http.Post(WiredGateway.NewEvent));
        await QueuedAsync(gateway, 1);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1.5));
        held.Open();
        await Task.WhenAll(first, waiting);
        var breaker = gateway.Services.GetRequiredService<BreakerRegistry>()["addEvent"].Breaker;
        Assert.Equal(TimeSpan.Zero, Assert.Single(breaker.RecentFailures).Duration);
    }

    [Fact]
    public async Task Duration_OfAPartThatWaited_BeginsWithItsPlace()
    {
        await using var gateway = await StartAsync(1, 1);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        _answers.Enqueue(answer => answer.RespondAsync("""{"events":[]}"""));
        var waiting = gateway.SendAsync(Http.Get("/getEventsByUserId/1"));
        await QueuedAsync(gateway, 1);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1.5));
        held.Open();
        await Task.WhenAll(first, waiting);
        Assert.Equal(0, await gateway.MetricAsync(
            """gateway_upstream_request_duration_seconds_sum{cluster="event-api",method="GET",outcome="success",route="eventsByUser"}"""));
    }

    [Fact]
    public async Task OwnPages_WhileEverythingIsFull_Answer()
    {
        await using var gateway = await StartAsync(1, 0);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        foreach (var page in (string[])["/health", "/ready", "/metrics"])
        {
            Assert.Equal(200, (await gateway.SendAsync(Http.Get(page))).Status);
        }

        held.Open();
        await first;
    }

    [Fact]
    public async Task Part_GetsNoPlace_IsA503WithRetryAfter()
    {
        await using var gateway = await StartAsync(1, 0);
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));

        var response = await gateway.SendAsync(Http.Get("/getEventsByUserId/1"));

        Assert.Equal("user", (string?)Problem.Of(response, 503, "unavailable")["step"]);
        Assert.Equal("2", response.Headers["Retry-After"]);
        Assert.Equal("unavailable", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Single(gateway.Upstream.Requests);
        held.Open();
        await first;
    }

    [Fact]
    public async Task Parts_ShareThePlaces_WithEachOtherAndWithRoutes()
    {
        await using var gateway = await StartAsync(2, 10);
        _answers.Enqueue(answer => answer.RespondAsync("""{"events":["a","b","c"]}"""));
        var gates = new[] { Hold(), Hold(), Hold(), Hold() };
        var aggregated = gateway.SendAsync(Http.Get("/getEventsByUserId/1"));
        await Task.WhenAll(gates[0].Arrived, gates[1].Arrived).InTime();
        var proxied = gateway.SendAsync(Http.Get("/getUsers"));
        await QueuedAsync(gateway, 2);   // one event and the route
        Assert.Equal(2, await ClusterAsync(gateway, "calls_in_flight"));

        foreach (var gate in gates)
        {
            gate.Open();
        }

        Assert.All(await Task.WhenAll(aggregated, proxied), response => Assert.Equal(200, response.Status));
        await gateway.FinishedAsync();
        await gateway.FinishedAsync();
        Assert.Equal((0, 0), (await ClusterAsync(gateway, "calls_in_flight"), await ClusterAsync(gateway, "calls_queued")));
    }

    [Fact]
    public async Task Part_TimeRunsOutInTheQueue_IsA504AndNothingToTheBreaker()
    {
        await using var gateway = await StartAsync(1, 1, root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"]!["QueueTimeout"] = "00:01:00";
            root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent";
        });
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        var aggregated = gateway.SendAsync(Http.Get("/getEventsByUserId/1"));
        await QueuedAsync(gateway, 1);

        gateway.Clock.Advance(TimeSpan.FromSeconds(5));   // the step's

        Problem.Of(await aggregated, 504, "timeout");
        await gateway.FinishedAsync();
        Assert.Equal(1, await gateway.CallsAsync("not_attempted", "local"));
        Assert.Equal(1, await ClusterAsync(gateway, "calls_refused_total"));
        Assert.Equal(0, await gateway.ErrorsAsync("eventsByUser", "timeout"));
        held.Open();
        await first;
    }

    [Fact]
    public async Task Part_OfAClientThatLeftTheQueue_IsIgnored()
    {
        await using var gateway = await StartAsync(1, 1, root => root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent");
        var (held, first) = await HoldAsync(gateway, Http.Get("/getUsers"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getEventsByUserId/1"), Token);
        await QueuedAsync(gateway, 1);

        client.Abort();

        Assert.Equal("cancelled", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
        Assert.Equal((0, 0), (await ClusterAsync(gateway, "calls_queued"), await ClusterAsync(gateway, "calls_refused_total")));
        Assert.DoesNotContain(
            (await gateway.SendAsync(Http.Get("/metrics"))).Text.Split('\n'),
            line => line.StartsWith("gateway_upstream_request_duration_seconds_count", StringComparison.Ordinal));
        held.Open();
        await first;
    }

    [Fact]
    public async Task Edit_OfTheLimit_CountsForNewcomersAndFailsNobody()
    {
        await using var upstream = RawUpstream.Start((_, connection) => _answers.TryDequeue(out var next) ? next(connection) : connection.RespondAsync("[]"));
        await using var gateway = await TestGateway.StartAsync(upstream.Address, root => Limit(root, 1, 1, "00:00:20"));
        var held = Hold();
        var first = gateway.Client.GetStringAsync("/getUsers", Token);
        await held.Arrived.InTime();
        var second = gateway.Client.GetStringAsync("/getUsers", Token);
        await Edits.UntilAsync(async () => await gateway.MetricAsync("""gateway_cluster_calls_queued{cluster="event-api"}""") == 1);

        await gateway.EditAsync(upstream.Address, root => Limit(root, 3, 0, "00:00:20"));

        Assert.Equal("[]", await gateway.Client.GetStringAsync("/getUsers", Token));   // a newcomer meets the new limit
        Assert.Equal(3, await gateway.MetricAsync("""gateway_cluster_calls_limit{cluster="event-api"}"""));
        Assert.Equal(1, await gateway.MetricAsync("""gateway_cluster_calls_in_flight{cluster="event-api"}"""));
        Assert.Equal(1, await gateway.MetricAsync("""gateway_cluster_calls_queued{cluster="event-api"}"""));
        held.Open();
        Assert.Equal(["[]", "[]"], await Task.WhenAll(first, second).InTime());

        await gateway.EditAsync(upstream.Address, _ => { });
        Assert.Equal("[]", await gateway.Client.GetStringAsync("/getUsers", Token));
        Assert.Null(await gateway.MetricAsync("""gateway_cluster_calls_limit{cluster="event-api"}"""));
    }

    [Fact]
    public async Task Edit_OfSomethingElse_KeepsThePlaces()
    {
        await using var upstream = RawUpstream.Start((_, connection) => _answers.TryDequeue(out var next) ? next(connection) : connection.RespondAsync("[]"));
        await using var gateway = await TestGateway.StartAsync(upstream.Address, root => Limit(root, 1, 0, "00:00:01"));
        var held = Hold();
        var first = gateway.Client.GetStringAsync("/getUsers", Token);
        await held.Arrived.InTime();

        await gateway.EditAsync(upstream.Address, root =>
        {
            Limit(root, 1, 0, "00:00:01");
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = "00:00:20";
        });

        using var refused = await gateway.Client.GetAsync("/getUsers", Token);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        held.Open();
        await first;
    }

    private Task<WiredGateway> StartAsync(int places, int queue, Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        (_, connection) => _answers.TryDequeue(out var next) ? next(connection) : connection.RespondAsync("[]"),
        root =>
        {
            Limit(root, places, queue, QueueTimeout.ToString());
            edit?.Invoke(root);
        });

    private static void Limit(JsonNode root, int places, int queue, string timeout)
    {
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] =
            new JsonObject { ["MaxConcurrentCalls"] = $"{places}", ["MaxQueuedCalls"] = $"{queue}", ["QueueTimeout"] = timeout };
        root["Aggregations"]!["eventsByUser"]!["Steps"]![1]!["MaxConcurrency"] = places + queue;
        root["CircuitBreakers"]!["addEvent"]!["ProbeTimeout"] = "00:02:00";   // longer than any call and any wait here
    }

    /// <summary>The next call waits at a gate.</summary>
    private Gate Hold()
    {
        var gate = new Gate();
        _answers.Enqueue(async answer =>
        {
            await gate.PassAsync(answer.Stopping);
            await answer.RespondAsync("[]");
        });
        return gate;
    }

    /// <summary>A call that is at the upstream and stays there until its gate is opened.</summary>
    private async Task<(Gate Gate, Task<RawResponse> Response)> HoldAsync(WiredGateway gateway, string request)
    {
        var gate = Hold();
        var response = gateway.SendAsync(request);
        await gate.Arrived.InTime();
        return (gate, response);
    }

    private static Task QueuedAsync(WiredGateway gateway, int calls) => Edits.UntilAsync(async () => await ClusterAsync(gateway, "calls_queued") == calls);

    private static Task<double?> ClusterAsync(WiredGateway gateway, string metric) =>
        gateway.MetricAsync($$"""gateway_cluster_{{metric}}{cluster="event-api"}""");

    private static async Task<RawResponse> AssertOverloadedAsync(Task<RawResponse> pending)
    {
        var response = await pending;
        Problem.Of(response, 503, "overloaded");
        return response;
    }
}
