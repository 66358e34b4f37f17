using System.Net;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

public class ReloadTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);   // so often the watcher compares the file

    [Fact]
    public async Task Edit_NewRoute_IsServed()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(gateway, "/getVenues"));

        await gateway.EditAsync(upstream.Address, root => AddRoute(root, "getVenues", "/getVenues"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "/getVenues"));
        Assert.Equal("/getVenues", upstream.Requests.Single().Target);
        Assert.Equal(0, await gateway.MetricAsync("gateway_requests_rejected_total{reason=\"validation\",route=\"getVenues\"}"));
    }

    [Fact]
    public async Task Edit_RemovedRoute_IsGone()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);

        await gateway.EditAsync(upstream.Address, root => Routes(root).Remove("getUsers"));

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(gateway, "/getUsers"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "/getEvents"));
    }

    [Theory]
    [InlineData("{ \"ReverseProxy\": ")]
    [InlineData("{}")]
    [InlineData("{ \"Prot\": 1 }")]
    public async Task Edit_BrokenFile_ChangesNothingAndIsShownUntilItIsMended(string broken)
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        var good = await File.ReadAllTextAsync(gateway.File, TestContext.Current.CancellationToken);
        var taken = await gateway.MetricAsync("gateway_config_last_reload_success_timestamp_seconds");

        await gateway.ReplaceAsync(broken, "rejected");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "/getUsers"));
        Assert.Equal(0, await gateway.MetricAsync("gateway_config_last_reload_successful"));
        Assert.Equal(taken, await gateway.MetricAsync("gateway_config_last_reload_success_timestamp_seconds"));
        var report = await ReadyAsync(gateway);
        Assert.Equal((true, "degraded"), ((bool?)report["ready"], (string?)report["status"]));
        var reason = Assert.Single(report["reasons"]!.AsArray())!;
        Assert.Equal(("configuration", "rejected"), ((string?)reason["component"], (string?)reason["reason"]));

        await gateway.ReplaceAsync(good, "unchanged");

        Assert.Equal(1, await gateway.MetricAsync("gateway_config_last_reload_successful"));
        Assert.True(await gateway.MetricAsync("gateway_config_last_reload_success_timestamp_seconds") > taken);
        Assert.Equal("ready", (string?)(await ReadyAsync(gateway))["status"]);
        Assert.Equal((0, 1, 1), (await gateway.ReloadsAsync("applied"), await gateway.ReloadsAsync("unchanged"), await gateway.ReloadsAsync("rejected")));
    }

    [Fact]
    public async Task Edit_FileIsGone_ServesOnAndIsMendedByAnother()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);

        File.Delete(gateway.File);
        await Edits.UntilAsync(async () => await gateway.ReloadsAsync("rejected") == 1);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "/getUsers"));
        await gateway.EditAsync(upstream.Address, root => AddRoute(root, "getVenues", "/getVenues"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "/getVenues"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_config_last_reload_successful"));
    }

    // Whoever saves a file without care truncates it first: what is read in between is no mistake of the operator's.
    [Theory]
    [InlineData("")]
    [InlineData("{ \"ReverseProxy\": {")]
    public async Task Edit_FileCaughtHalfWritten_IsNotRejected(string half)
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address, time: watched);
        while (await watched.NextTimerAsync(TestContext.Current.CancellationToken) != Look)
        {
            // Other parts of the gateway have timers, too.
        }

        await File.WriteAllTextAsync(gateway.File, half, TestContext.Current.CancellationToken);
        clock.Advance(Look);
        await gateway.ReloadsAsync("rejected");   // leaves it time to look
        var whole = TestGateway.Configuration(upstream.Address, root => AddRoute(root, "getVenues", "/getVenues"));
        await File.WriteAllTextAsync(gateway.File, whole, TestContext.Current.CancellationToken);
        clock.Advance(Look);
        await Edits.UntilAsync(async () => await gateway.ReloadsAsync("applied") == 1);

        Assert.Equal(0, await gateway.ReloadsAsync("rejected"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"ReverseProxy\": {")]
    public async Task Edit_FileCaughtHalfWrittenAgainAndAgain_IsNotRejected(string half)
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address, time: watched);
        while (await watched.NextTimerAsync(TestContext.Current.CancellationToken) != Look)
        {
            // Other parts of the gateway have timers, too.
        }

        var whole = await File.ReadAllTextAsync(gateway.File, TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++)
        {
            foreach (var text in new[] { half, whole })
            {
                await File.WriteAllTextAsync(gateway.File, text, TestContext.Current.CancellationToken);
                clock.Advance(Look);
                for (var wait = 0; wait < 30; wait++)
                {
                    await gateway.ReloadsAsync("rejected");   // leaves it time to look: nothing tells that it has
                }
            }
        }

        Assert.Equal(0, await gateway.ReloadsAsync("rejected"));
    }

    [Fact]
    public async Task Edit_Thresholds_KeepsWhatTheBreakerHasLearned()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("{}", "503 Service Unavailable"));
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await AddEventAsync(gateway));
        }

        await gateway.EditAsync(upstream.Address, root => root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 5);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AddEventAsync(gateway));
        Assert.Equal(3, upstream.Requests.Count);
        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_state{breaker=\"addEvent\",state=\"open\"}"));
        Assert.Equal(5, await gateway.MetricAsync("gateway_breaker_failure_threshold{breaker=\"addEvent\"}"));
        Assert.Equal(3, await gateway.MetricAsync("gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"status_5xx\",outcome=\"failure\"}"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"open\"}"));
    }

    [Fact]
    public async Task Edit_FailureStatuses_HoldForTheNextCall()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("{}", "429 Too Many Requests"));
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        await AddEventAsync(gateway);

        await gateway.EditAsync(upstream.Address, root => root["CircuitBreakers"]!["addEvent"]!["FailureStatuses"] = "429");
        await AddEventAsync(gateway);

        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"none\",outcome=\"success\"}"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"status_5xx\",outcome=\"failure\"}"));
    }

    [Fact]
    public async Task Edit_RouteGetsABreaker_IsGuardedFromThenOn()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("{}", "500 Internal Server Error"));
        await using var gateway = await TestGateway.StartAsync(upstream.Address);

        await gateway.EditAsync(upstream.Address, root =>
        {
            root["CircuitBreakers"]!["reads"] = new JsonObject { ["FailureThreshold"] = 1 };
            Routes(root)["getUsers"]!["Transforms"] = JsonNode.Parse("""[ { "CircuitBreaker": "reads" } ]""");
        });

        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(gateway, "/getUsers"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(gateway, "/getUsers"));
        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(gateway, "/getEvents"));
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public async Task Edit_Aggregation_ComesAndGoes()
    {
        await using var upstream = Answering("{\"events\":[]}");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);

        await gateway.EditAsync(upstream.Address, root =>
        {
            var aggregations = root["Aggregations"]!.AsObject();
            aggregations["user"] = aggregations["eventsByUser"]!.DeepClone();
            aggregations["user"]!["Match"]!["Path"] = "/user/{id}";
            aggregations.Remove("eventsByUser");
        });

        Assert.Equal("[]", await gateway.Client.GetStringAsync("/user/1", TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(gateway, "/getEventsByUserId/1"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_aggregation_parts_total{aggregation=\"user\",outcome=\"success\",step=\"user\"}"));
    }

    [Fact]
    public async Task Edit_OfTheUpstreamsAddress_LetsTheRequestInFlightFinishWhereItBegan()
    {
        var gate = new Gate();
        await using var old = RawUpstream.Start(async (_, connection) =>
        {
            await gate.PassAsync(connection.Stopping);
            await connection.RespondAsync("\"old\"");
        });
        await using var moved = Answering("\"new\"");
        await using var gateway = await TestGateway.StartAsync(old.Address);
        var inFlight = gateway.Client.GetStringAsync("/getUsers", TestContext.Current.CancellationToken);
        await gate.Arrived;

        await gateway.EditAsync(moved.Address, _ => { });
        Assert.Equal("\"new\"", await gateway.Client.GetStringAsync("/getUsers", TestContext.Current.CancellationToken));
        gate.Open();

        Assert.Equal("\"old\"", await inFlight);
    }

    [Fact]
    public async Task Edit_ThatRemovesRouteAndBreaker_LetsTheGuardedWriteInFlightFinish()
    {
        var gate = new Gate();
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await gate.PassAsync(connection.Stopping);
            await connection.RespondAsync("{\"success\":true}");
        });
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        var inFlight = AddEventAsync(gateway);
        await gate.Arrived;

        await gateway.EditAsync(upstream.Address, root =>
        {
            Routes(root).Remove("addEvent");
            root["CircuitBreakers"]!.AsObject().Clear();
        });
        Assert.Equal(HttpStatusCode.NotFound, await AddEventAsync(gateway));
        gate.Open();

        Assert.Equal(HttpStatusCode.OK, await inFlight);
    }

    [Fact]
    public async Task Edit_AccessLogOff_WritesNoMoreLines()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address, root => root["AccessLog"] = false);
        await StatusAsync(gateway, "/getUsers");

        await gateway.EditAsync(upstream.Address, root => root["AccessLog"] = true);
        await StatusAsync(gateway, "/getEvents");

        var line = await gateway.Log.NextAsync();
        while ((string?)line["path"] == "/metrics")   // by which the edit was awaited
        {
            line = await gateway.Log.NextAsync();
        }

        Assert.Equal("/getEvents", (string?)line["path"]);
    }

    private static RawUpstream Answering(string body) => RawUpstream.Start((_, connection) => connection.RespondAsync(body));

    private static JsonObject Routes(JsonNode root) => root["ReverseProxy"]!["Routes"]!.AsObject();

    private static void AddRoute(JsonNode root, string name, string path) =>
        Routes(root)[name] = new JsonObject { ["ClusterId"] = "event-api", ["Match"] = new JsonObject { ["Path"] = path } };

    private static async Task<HttpStatusCode> StatusAsync(TestGateway gateway, string path)
    {
        using var response = await gateway.Client.GetAsync(path, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> AddEventAsync(TestGateway gateway)
    {
        using var body = new StringContent("{\"name\":\"n\",\"userId\":\"1\"}", System.Text.Encoding.UTF8, "application/json");
        using var response = await gateway.Client.PostAsync("/addEvent", body, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<JsonNode> ReadyAsync(TestGateway gateway) =>
        JsonNode.Parse(await gateway.Client.GetStringAsync("/ready", TestContext.Current.CancellationToken))!;
}
