using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Management;

namespace EventGateway.Gateway.Tests.Admin;

public sealed class AdminApiTests
{
    private const string Deploy = """{"reason":"deploy","ttl":"00:10:00"}""";

    private static readonly string[] Verbs = ["force-open", "disable", "metrics-only", "reset"];

    [Fact]
    public async Task ForceOpen_WithAReasonAndATime_HoldsUntilThenAndReturns()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, answer) = await gateway.ChangeAsync("force-open", Deploy);

        Assert.Equal((200, "closed", "forced_open"), (status, (string?)answer["stateBefore"], (string?)answer["breaker"]!["state"]));
        Assert.Equal(("deploy", 600.0), ((string?)answer["breaker"]!["override"]!["reason"], (double?)answer["breaker"]!["override"]!["remainingSeconds"]));
        Assert.Equal(503, await gateway.PostEventAsync());
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(200, await gateway.PostEventAsync());
        var detail = await gateway.BreakerAsync();
        Assert.Null(detail["breaker"]!["override"]);
        Assert.Equal(["forced_open → closed", "closed → forced_open"], detail["transitions"]!.AsArray().Select(t => $"{t!["from"]} → {t["to"]}"));
    }

    [Fact]
    public async Task Change_WhileTheFileIsEdited_Holds()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        await gateway.ChangeAsync("force-open", Deploy);
        var live = gateway.Gateway.Services.GetRequiredService<LiveConfiguration>();
        await live.ApplyAsync(Reading.Shipped(root => root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 5).IsTakenUp());

        Assert.Equal(503, await gateway.PostEventAsync());
        Assert.Equal(5, (int?)(await gateway.BreakerAsync())["breaker"]!["failureThreshold"]);
    }

    [Fact]
    public async Task Change_Done_IsListedCountedAndLogged()
    {
        var log = new LogEntries();
        await using var gateway = await ManagedGateway.StartAsync(services: all => all.AddSingleton<ILoggerProvider>(log));
        await gateway.ChangeAsync("metrics-only", """{"reason":"try 5 failures","ttl":"2h"}""");
        await gateway.ChangeAsync("reset", """{"reason":"tried"}""");

        var actions = (await gateway.BreakerAsync())["actions"]!.AsArray();
        Assert.Equal(["reset tried ", "metrics-only try 5 failures 7200"], actions.Select(a => $"{a!["action"]} {a["reason"]} {a["ttlSeconds"]}"));
        Assert.Equal(1, await gateway.Gateway.MetricAsync("gateway_breaker_operator_actions_total{action=\"metrics_only\",breaker=\"addEvent\"}"));
        Assert.Equal(0, await gateway.Gateway.MetricAsync("gateway_breaker_operator_actions_total{action=\"disable\",breaker=\"addEvent\"}"));
        Assert.Equal("An operator has circuit addEvent be MetricsOnly for 02:00:00: try 5 failures", Assert.Single(log.Of(304)));
        Assert.Equal("An operator has reset circuit addEvent: tried", Assert.Single(log.Of(305)));
    }

    [Fact]
    public async Task Override_WhileItHolds_IsAGaugeOfItsRest()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        Assert.Equal(0, await RemainingAsync());
        await gateway.ChangeAsync("disable", Deploy);
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(540, await RemainingAsync());

        Task<double?> RemainingAsync() => gateway.Gateway.MetricAsync("gateway_breaker_override_remaining_seconds{breaker=\"addEvent\"}");
    }

    [Fact]
    public async Task Reset_WhileOpen_LetsCallsPassAtOnce()
    {
        await using var gateway = await ManagedGateway.StartAsync(answer: "500 Oops");
        await FailAsync(gateway, 3);
        Assert.Equal(503, await gateway.PostEventAsync());
        var (_, answer) = await gateway.ChangeAsync("reset", """{"reason":"mended"}""");

        Assert.Equal(("open", "closed"), ((string?)answer["stateBefore"], (string?)answer["breaker"]!["state"]));
        Assert.Equal(500, await gateway.PostEventAsync());
    }

    [Fact]
    public async Task Breaker_Open_SaysWhy()
    {
        await using var gateway = await ManagedGateway.StartAsync(root => root["CircuitBreakers"]!["addEvent"]!["Jitter"] = 0, answer: "502 Oops");
        await FailAsync(gateway, 3);
        gateway.Clock.Advance(TimeSpan.FromSeconds(4));
        var detail = await gateway.BreakerAsync();

        var breaker = detail["breaker"]!;
        Assert.Equal(("open", 6.0, 3), ((string?)breaker["state"], (double?)breaker["retryAfterSeconds"], (int?)breaker["windowFailures"]));
        Assert.Equal(3, detail["failures"]!.AsArray().Count);
        Assert.All(detail["failures"]!.AsArray(), f =>
            Assert.Equal(("status_5xx", 502, 32), ((string?)f!["cause"], (int?)f["status"], ((string?)f["traceId"])?.Length)));
        Assert.Equal(("failure_threshold", 10.0), ((string?)detail["transitions"]![0]!["reason"], (double?)detail["transitions"]![0]!["waitSeconds"]));
        Assert.Equal("""[{"outcome":"failure","cause":"status_5xx","count":3}]""", detail["counts"]!["calls"]!.ToJsonString());
        Assert.Equal(("00:00:10", "500-599", "Automatic"),
            ((string?)detail["settings"]!["resetTimeout"], (string?)detail["settings"]!["failureStatuses"], (string?)detail["settings"]!["mode"]));
    }

    [Fact]
    public async Task Breaker_OfNoSuchName_NamesThoseThereAre()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, body) = await gateway.GetAsync("/admin/breakers/addEvnt");

        Assert.Equal((404, "no_breaker"), (status, (string?)body["code"]));
        Assert.Equal("there is no circuit breaker 'addEvnt'; known are addEvent; did you mean 'addEvent'?", (string?)body["detail"]);
    }

    [Fact]
    public async Task Routes_AsConfigured_HaveTheirDestinationsAndWhetherTheyAreThere()
    {
        await using var gateway = await ManagedGateway.StartAsync(root =>
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["second"] = new JsonObject { ["Address"] = "http://127.0.0.1:1" });
        var (_, body) = await gateway.GetAsync("/admin/routes");

        Assert.Equal(["getUsers ", "getEvents ", "addEvent addEvent"], body["routes"]!.AsArray().Select(r => $"{r!["name"]} {r["breaker"]}"));
        Assert.Equal(["user", "event"], body["aggregations"]![0]!["steps"]!.AsArray().Select(s => (string?)s!["id"]));
        Assert.Equal(
            ["primary True unknown", "second False unknown"],
            body["clusters"]![0]!["destinations"]!.AsArray().Select(d => $"{d!["name"]} {(bool?)d["reachable"]} {d["activeHealth"]}"));
    }

    [Fact]
    public async Task Config_Shown_HasValuesWithTheirOriginAndNoSecrets()
    {
        await using var gateway = await ManagedGateway.StartAsync(root =>
        {
            var route = root["ReverseProxy"]!["Routes"]!["getUsers"]!;
            route["Transforms"] = new JsonArray(new JsonObject { ["RequestHeader"] = "X-Key", ["Set"] = "hush-1" });
            route["Match"]!["Headers"] = new JsonArray(new JsonObject { ["Name"] = "X-Key", ["Values"] = new JsonArray("hush-2") });
            route["Metadata"] = new JsonObject { ["Api-Key"] = "hush-3" };
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpClient"] = JsonNode.Parse("""{ "WebProxy": { "Address": "http://proxy:hush-4@127.0.0.1:9" } }""");
        });
        var (_, body) = await gateway.GetAsync("/admin/config");
        var settings = body["settings"]!.AsArray().ToDictionary(s => (string)s!["path"]!, s => $"{s!["value"]} {s["origin"]}");

        Assert.DoesNotContain("hush", body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("0 MANAGEMENT_PORT", settings["ManagementPort"]);
        Assert.StartsWith("X-Key ", settings["ReverseProxy.Routes.getUsers.Transforms[0].RequestHeader"], StringComparison.Ordinal);
        Assert.StartsWith("(redacted) ", settings["ReverseProxy.Routes.getUsers.Transforms[0].Set"], StringComparison.Ordinal);
        Assert.Matches("^/getUsers .*appsettings.json:1:[0-9]+$", settings["ReverseProxy.Routes.getUsers.Match.Path"]);
        Assert.Equal(12, ((string?)body["hash"])!.Length);
        Assert.Null(body["rejected"]);
        Assert.DoesNotContain(ManagedGateway.Token, body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RoutesAndConfig_WithPolicies_NameThemAndHideNoLimit()
    {
        await using var gateway = await ManagedGateway.StartAsync(root =>
        {
            root["CorsPolicies"] = JsonNode.Parse("""{ "web": { "Origins": [ "*" ] } }""");
            root["RateLimiterPolicies"] = JsonNode.Parse(
                """{ "perClient": { "Kind": "TokenBucket", "PermitLimit": 20, "TokensPerPeriod": 5, "ReplenishmentPeriod": "00:00:01" } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "perClient";
            root["Aggregations"]!["eventsByUser"]!["RateLimiterPolicy"] = "perClient";
            root["Aggregations"]!["eventsByUser"]!["CorsPolicy"] = "web";
            root["RetryPolicies"] = JsonNode.Parse("""{ "reads": {} }""");
            root["ReverseProxy"]!["Routes"]!["getEvents"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "READS" };
            root["Aggregations"]!["eventsByUser"]!["RetryPolicy"] = "reads";
            root["OutputCachePolicies"] = JsonNode.Parse("""{ "short": { "Duration": "00:00:01" } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "short", ["Compress"] = "true" };
            root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "short";
            root["Aggregations"]!["eventsByUser"]!["Compress"] = true;
        });
        var (_, routes) = await gateway.GetAsync("/admin/routes");
        Assert.Equal(["perClient", null, null], routes["routes"]!.AsArray().Select(r => (string?)r!["rateLimiterPolicy"]));
        var aggregation = Assert.Single(routes["aggregations"]!.AsArray())!;
        Assert.Equal((null, "reads", null), ((string?)routes["routes"]![0]!["retryPolicy"], (string?)routes["routes"]![1]!["retryPolicy"], (string?)routes["routes"]![2]!["retryPolicy"]));
        Assert.Equal("reads", (string?)aggregation["retryPolicy"]);
        Assert.Equal(["short", null, null], routes["routes"]!.AsArray().Select(r => (string?)r!["outputCachePolicy"]));
        Assert.Equal([true, null, null], routes["routes"]!.AsArray().Select(r => (bool?)r!["compress"]));
        Assert.Equal(("short", true), ((string?)aggregation["outputCachePolicy"], (bool?)aggregation["compress"]));
        Assert.Equal(("perClient", "web"), ((string?)aggregation["rateLimiterPolicy"], (string?)aggregation["corsPolicy"]));

        var (_, config) = await gateway.GetAsync("/admin/config");
        Assert.Equal("5", (string?)Assert.Single(config["settings"]!.AsArray(), s => ((string)s!["path"]!).EndsWith("TokensPerPeriod", StringComparison.Ordinal))!["value"]);
    }

    [Fact]
    public async Task Routes_WithVersions_HaveThem()
    {
        await using var gateway = await ManagedGateway.StartAsync(root => root["Versions"] = JsonNode.Parse(
            """{ "v1": { "Prefix": "/v1", "Routes": [ "getUsers" ], "Deprecated": { "Since": "2026-11-01", "Sunset": "2027-06-30" } } }"""));

        var version = Assert.Single((await gateway.GetAsync("/admin/routes")).Body["versions"]!.AsArray())!;

        Assert.Equal(
            """{"name":"v1","prefix":"/v1/","routes":["getUsers"],"aggregations":["eventsByUser"],"deprecation":"@1793491200","sunset":"Wed, 30 Jun 2027 00:00:00 GMT"}""",
            version.ToJsonString());
    }

    [Fact]
    public async Task Config_AfterARefusedEdit_HasItsProblems()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        gateway.Gateway.Services.GetRequiredService<LiveConfiguration>().Reject(new RejectedConfiguration(gateway.Clock.GetUtcNow(), ["one", "two"]));

        Assert.Equal(["one", "two"], (await gateway.GetAsync("/admin/config")).Body["rejected"]!["problems"]!.AsArray().Select(p => (string?)p));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer s3cret1")]
    [InlineData("Basic s3cret")]
    [InlineData("s3cret")]
    public async Task Change_WithoutTheToken_Is401AndChangesNothing(string authorization)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        foreach (var verb in Verbs)
        {
            var (status, body) = await gateway.ChangeAsync(verb, Deploy, ("Authorization", authorization));
            Assert.Equal((401, "wrong_token"), (status, (string?)body["code"]));
        }

        Assert.Empty((await gateway.BreakerAsync())["actions"]!.AsArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task Change_NoTokenConfigured_Is403(string token)
    {
        await using var gateway = await ManagedGateway.StartAsync(token: token);
        var (status, body) = await gateway.ChangeAsync("reset", """{"reason":"x"}""", ("Authorization", "Bearer "));

        Assert.Equal((403, "changes_off"), (status, (string?)body["code"]));
        Assert.Equal(200, (await gateway.GetAsync("/admin/breakers")).Status);
    }

    [Theory]
    [InlineData("force-open", "{}", "reason")]
    [InlineData("force-open", """{"reason":"x"}""", "ttl")]
    [InlineData("force-open", """{"reason":" ","ttl":"1m"}""", "reason")]
    [InlineData("force-open", """{"reason":1,"ttl":"1m"}""", "reason")]
    [InlineData("force-open", """{"reason":"two\nlines","ttl":"1m"}""", "reason")]
    [InlineData("disable", """{"reason":"x","ttl":"0s"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":"25h"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":"1.00:00:01"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":"00:00:00.5"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":"10"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":"-1m"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":"99999999999999h"}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":600}""", "ttl")]
    [InlineData("disable", """{"reason":"x","ttl":""}""", "ttl")]
    [InlineData("metrics-only", """{"reason":"x","ttl":"1m","tll":1}""", "tll")]
    [InlineData("reset", """{"reason":"x","ttl":"1m"}""", "ttl")]
    [InlineData("reset", "[]", null)]
    [InlineData("reset", "", null)]
    [InlineData("reset", """{"reason":"x","reason":"y"}""", null)]
    public async Task Change_WrongBody_NamesTheMember(string verb, string body, string? member)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, error) = await gateway.ChangeAsync(verb, body);

        Assert.Equal((400, "invalid_body", member), (status, (string?)error["code"], (string?)error["member"]));
        Assert.Empty((await gateway.BreakerAsync())["actions"]!.AsArray());
    }

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("24h", 86_400)]
    [InlineData("00:10:00", 600)]
    [InlineData("1.00:00:00", 86_400)]
    public async Task Change_TimeToLive_IsUnderstood(string ttl, double seconds)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, answer) = await gateway.ChangeAsync("disable", $$"""{"reason":"x","ttl":"{{ttl}}"}""");

        Assert.Equal((200, seconds), (status, (double?)answer["breaker"]?["override"]?["remainingSeconds"]));
    }

    [Fact]
    public async Task Change_TooLongABody_Is413()
    {
        await using var gateway = await ManagedGateway.StartAsync();

        Assert.Equal(413, (await gateway.ChangeAsync("reset", $$"""{"reason":"{{new string('x', 5000)}}"}""")).Status);
    }

    [Fact]
    public async Task Change_NoJson_Is415()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        using var form = new FormUrlEncodedContent([new("reason", "x")]);
        using var response = await gateway.Admin.PostAsync("/admin/breakers/addEvent/reset", form, TestContext.Current.CancellationToken);

        Assert.Equal(415, (int)response.StatusCode);
    }

    private static async Task FailAsync(ManagedGateway gateway, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await gateway.PostEventAsync();
        }
    }
}
