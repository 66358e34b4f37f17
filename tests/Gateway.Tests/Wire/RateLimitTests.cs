using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Policies over real sockets: what a client is told, what it is refused, and what the upstream sees of it.</summary>
public sealed class RateLimitTests
{
    private const string TwoAMinute = """{ "Kind": "FixedWindow", "PermitLimit": 2, "Window": "00:01:00" }""";
    private const string ByTenant = """{ "Kind": "FixedWindow", "PermitLimit": 1, "Window": "00:01:00", "PartitionBy": "Header", "Header": "X-Tenant" }""";
    private const string OneAtOnce = """{ "Kind": "Concurrency", "PermitLimit": 1 }""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/getUsers", "getUsers")]
    [InlineData("/getEventsByUserId/1", "eventsByUser")]
    public async Task FixedWindow_MoreThanItsLimit_IsA429UntilItsEnd(string path, string route)
    {
        await using var gateway = await StartAsync(TwoAMinute);

        var first = await gateway.GetAsync(path);
        gateway.Clock.Advance(TimeSpan.FromSeconds(10.5));
        var second = await gateway.GetAsync(path);
        var calls = gateway.Upstream.Requests.Count;
        var third = await gateway.SendAsync(Http.Get(path));

        Assert.Equal((200, "\"p\";q=2;w=60", "\"p\";r=1;t=60"), (first.Status, first.Headers["RateLimit-Policy"], first.Headers["RateLimit"]));
        Assert.Equal((200, "\"p\";q=2;w=60", "\"p\";r=0;t=50"), (second.Status, second.Headers["RateLimit-Policy"], second.Headers["RateLimit"]));
        var problem = Problem.Of(third, 429, "rate_limited");
        Assert.Equal(("50", 50), (third.Headers["Retry-After"], (int?)problem["retryAfter"]));
        Assert.Equal(("\"p\";q=2;w=60", "\"p\";r=0;t=50"), (third.Headers["RateLimit-Policy"], third.Headers["RateLimit"]));
        Assert.Null(third.Headers["Connection"]);
        Assert.Equal(calls, gateway.Upstream.Requests.Count);
        var line = await gateway.FinishedAsync();
        Assert.Equal((429, "rate_limited", route), ((int?)line["status"], (string?)line["cause"], (string?)line["route"]));
        Assert.Equal(1, await gateway.MetricAsync($$"""gateway_requests_rejected_total{reason="rate_limit",route="{{route}}"}"""));
        Assert.Equal((2, 1, 1), (await CountAsync(gateway, "permitted"), await CountAsync(gateway, "refused"), await PartitionsAsync(gateway)));

        gateway.Clock.Advance(TimeSpan.FromSeconds(49.5) - TimeSpan.FromTicks(1));
        Assert.Equal("1", (await gateway.GetAsync(path)).Headers["Retry-After"]);
        gateway.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(200, (await gateway.GetAsync(path)).Status);
    }

    [Fact]
    public async Task SlidingWindow_GivesBackWhatWasUsedFirst()
    {
        await using var gateway = await StartAsync("""{ "Kind": "SlidingWindow", "PermitLimit": 2, "Window": "00:01:00", "SegmentsPerWindow": 6 }""");
        await gateway.GetAsync("/getUsers");
        gateway.Clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("\"p\";r=0;t=55", (await gateway.GetAsync("/getUsers")).Headers["RateLimit"]);

        var refused = await gateway.GetAsync("/getUsers");

        Problem.Of(refused, 429, "rate_limited");
        Assert.Equal(("35", "\"p\";r=0;t=55"), (refused.Headers["Retry-After"], refused.Headers["RateLimit"]));
        gateway.Clock.Advance(TimeSpan.FromSeconds(35));
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
        Problem.Of(await gateway.GetAsync("/getUsers"), 429, "rate_limited");
    }

    [Fact]
    public async Task TokenBucket_AfterABurst_PermitsAsManyAsItGains()
    {
        await using var gateway = await StartAsync("""{ "Kind": "TokenBucket", "PermitLimit": 2, "TokensPerPeriod": 1, "ReplenishmentPeriod": "00:00:10" }""");
        Assert.Equal("\"p\";r=1;t=10", (await gateway.GetAsync("/getUsers")).Headers["RateLimit"]);
        Assert.Equal("\"p\";r=0;t=20", (await gateway.GetAsync("/getUsers")).Headers["RateLimit"]);
        gateway.Clock.Advance(TimeSpan.FromSeconds(3.2));

        var refused = await gateway.GetAsync("/getUsers");

        Problem.Of(refused, 429, "rate_limited");
        Assert.Equal(("\"p\";q=2;w=20", "\"p\";r=0;t=17", "7"), (refused.Headers["RateLimit-Policy"], refused.Headers["RateLimit"], refused.Headers["Retry-After"]));
        gateway.Clock.Advance(TimeSpan.FromSeconds(6.8));
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
        Problem.Of(await gateway.GetAsync("/getUsers"), 429, "rate_limited");
    }

    [Fact]
    public async Task Concurrency_PlaceIsHeld_UntilTheLastByteOfTheAnswer()
    {
        var rest = new Gate();
        await using var gateway = await StartAsync(OneAtOnce, async (request, answer) =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[");
            await rest.PassAsync(answer.Stopping);
            await answer.SendAsync("]");
        });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers"), Token);
        var first = await client.ReadPartialResponseAsync(1, Token);
        Assert.Equal(("\"p\";q=1;qu=\"concurrent-requests\"", "\"p\";r=0"), (first.Headers["RateLimit-Policy"], first.Headers["RateLimit"]));

        var refused = await gateway.GetAsync("/getUsers");

        Problem.Of(refused, 429, "rate_limited");
        Assert.Equal(("\"p\";r=0", "1"), (refused.Headers["RateLimit"], refused.Headers["Retry-After"]));
        Assert.Equal(1, await PartitionsAsync(gateway));
        rest.Open();
        await gateway.FinishedAsync();
        Assert.Equal(0, await PartitionsAsync(gateway));
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
    }

    [Fact]
    public async Task Concurrency_OfAnAggregation_IsHeldUntilItIsAnswered()
    {
        var rest = new Gate();
        await using var gateway = await StartAsync(OneAtOnce, async (request, answer) =>
        {
            await rest.PassAsync(answer.Stopping);
            await answer.RespondAsync("{\"events\":[]}");
        });
        var first = gateway.SendAsync(Http.Get("/getEventsByUserId/1"));
        await rest.Arrived.InTime();
        Problem.Of(await gateway.SendAsync(Http.Get("/getUsers")), 429, "rate_limited");   // the same policy
        rest.Open();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Concurrency_WithAQueue_WaitsInTurnAndNotForEver()
    {
        var rest = new Gate();
        await using var gateway = await StartAsync(
            """{ "Kind": "Concurrency", "PermitLimit": 1, "QueueLimit": 2, "QueueTimeout": "00:00:03" }""", async (request, answer) =>
            {
                await rest.PassAsync(answer.Stopping);
                await answer.RespondAsync("[]");
            });
        var first = gateway.SendAsync(Http.Get("/getUsers"));
        await rest.Arrived.InTime();
        var waiting = Enumerable.Range(0, 2).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();

        // One more finds no room; which of the three that is, their connections decide.
        waiting.Add(gateway.SendAsync(Http.Get("/getUsers")));
        var refused = await await Task.WhenAny(waiting).InTime();
        Assert.Equal("3", refused.Headers["Retry-After"]);
        waiting.RemoveAll(request => request.IsCompleted);
        Assert.Equal(2, waiting.Count);

        gateway.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.All(await Task.WhenAll(waiting), response => Problem.Of(response, 429, "rate_limited"));
        rest.Open();
        Assert.Equal(200, (await first).Status);
        Assert.Equal((1, 3), (await CountAsync(gateway, "permitted"), await CountAsync(gateway, "refused")));
    }

    [Fact]
    public async Task Concurrency_ClientLeavesTheQueue_IsNoRefusal()
    {
        var rest = new Gate();
        await using var gateway = await StartAsync("""{ "Kind": "Concurrency", "PermitLimit": 1, "QueueLimit": 2 }""", async (request, answer) =>
        {
            await rest.PassAsync(answer.Stopping);
            await answer.RespondAsync("[]");
        });
        var first = gateway.SendAsync(Http.Get("/getUsers"));
        await rest.Arrived.InTime();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getUsers?leaving"), Token);
        await Edits.UntilAsync(async () => await gateway.MetricAsync("gateway_rate_limit_queued{policy=\"p\"}") == 1);

        client.Abort();

        var line = await gateway.FinishedAsync();
        Assert.Equal((499, "client_abort"), ((int?)line["status"], (string?)line["cause"]));
        Assert.Equal(0, await CountAsync(gateway, "refused"));
        rest.Open();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Concurrency_RouteTimeoutEndsInTheQueue_IsA429()
    {
        var rest = new Gate();
        await using var gateway = await StartAsync(
            """{ "Kind": "Concurrency", "PermitLimit": 1, "QueueLimit": 1 }""",
            async (request, answer) =>
            {
                await rest.PassAsync(answer.Stopping);
                await answer.RespondAsync("[]");
            },
            root => root["ReverseProxy"]!["Routes"]!["addEvent"]!["Timeout"] = "00:00:00.300");
        var first = gateway.SendAsync(Http.Get("/getUsers"));
        await rest.Arrived.InTime();

        Problem.Of(await gateway.SendAsync(Http.Post(WiredGateway.NewEvent)), 429, "rate_limited");

        Assert.Equal((1, 0), (await CountAsync(gateway, "refused"), await gateway.CallsAsync("not_attempted", "local")));
        rest.Open();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Policy_OfTwoRoutesAndAnAggregation_IsOneBudget()
    {
        await using var gateway = await StartAsync(TwoAMinute);
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
        Assert.Equal(200, (await gateway.GetAsync("/getEventsByUserId/1")).Status);
        Problem.Of(await gateway.PostAsync(), 429, "rate_limited");
        Assert.Equal(200, (await gateway.GetAsync("/getEvents")).Status);   // names none
    }

    [Fact]
    public async Task Refusal_OfAGuardedWrite_IsNothingToTheBreaker()
    {
        await using var gateway = await StartAsync(TwoAMinute);
        await gateway.PostAsync();
        await gateway.PostAsync();

        Problem.Of(await gateway.PostAsync(), 429, "rate_limited");

        Assert.Equal(2, gateway.Upstream.Requests.Count);
        Assert.Equal((2, 0), (await gateway.CallsAsync("success", "none"), await gateway.CallsAsync("not_attempted", "local")));
    }

    [Fact]
    public async Task Refusal_OfAHead_HasTheHeadersAlone()
    {
        await using var gateway = await StartAsync(TwoAMinute);
        var head = Http.Head("HEAD", "/getUsers");
        await gateway.SendAsync(head);
        Assert.Equal("\"p\";r=0;t=60", (await gateway.SendAsync(head)).Headers["RateLimit"]);

        var refused = await gateway.SendAsync(head);

        Assert.Equal((429, "60", "\"p\";r=0;t=60"), (refused.Status, refused.Headers["Retry-After"], refused.Headers["RateLimit"]));
    }

    [Fact]
    public async Task Preflight_OfALimitedRoute_IsNotCounted()
    {
        await using var gateway = await StartAsync(TwoAMinute, edit: root =>
        {
            root["CorsPolicies"] = JsonNode.Parse("""{ "web": { "Origins": [ "https://app.example.com" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["CorsPolicy"] = "web";
        });
        for (var i = 0; i < 5; i++)
        {
            var preflight = await gateway.SendAsync(Http.Head("OPTIONS", "/getUsers", "Origin: https://app.example.com", "Access-Control-Request-Method: GET"));
            Assert.Equal((204, null), (preflight.Status, preflight.Headers["RateLimit"]));
        }

        await gateway.SendAsync(Http.Get("/getUsers"));
        await gateway.SendAsync(Http.Get("/getUsers"));
        var refused = await gateway.SendAsync(Http.Get("/getUsers", "Origin: https://app.example.com"));
        Problem.Of(refused, 429, "rate_limited");
        Assert.Equal("https://app.example.com", refused.Headers["Access-Control-Allow-Origin"]);   // the page may read why
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Real-IP")]
    [InlineData("Forwarded")]
    public async Task ClientAddress_AsAHeaderHasIt_IsNotBelieved(string header)
    {
        await using var gateway = await StartAsync(TwoAMinute);
        await gateway.GetAsync("/getUsers", $"{header}: 203.0.113.1");
        await gateway.GetAsync("/getUsers", $"{header}: 203.0.113.2");
        Problem.Of(await gateway.GetAsync("/getUsers", $"{header}: 203.0.113.3"), 429, "rate_limited");
        Assert.Equal(1, await PartitionsAsync(gateway));
    }

    [Fact]
    public async Task Header_OfEachValue_HasABudgetOfItsOwnAndThoseWithoutShareOne()
    {
        await using var gateway = await StartAsync(ByTenant);
        Assert.Equal(200, (await gateway.GetAsync("/getUsers", "X-Tenant: a")).Status);
        Assert.Equal(200, (await gateway.GetAsync("/getUsers", "X-Tenant: b")).Status);
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);
        Problem.Of(await gateway.GetAsync("/getUsers", "X-Tenant: a"), 429, "rate_limited");
        Problem.Of(await gateway.GetAsync("/getUsers", "X-Tenant: "), 429, "rate_limited");
        Problem.Of(await gateway.GetAsync("/getUsers"), 429, "rate_limited");
        Assert.Equal(3, await PartitionsAsync(gateway));
    }

    [Fact]
    public async Task Header_OfMoreValuesThanThereIsRoomFor_DropsTheOldest()
    {
        await using var gateway = await StartAsync(ByTenant.Replace("}", ", \"MaxPartitions\": 2 }", StringComparison.Ordinal));
        foreach (var tenant in (string[])["a", "b", "c"])
        {
            await gateway.GetAsync("/getUsers", $"X-Tenant: {tenant}");
        }

        Problem.Of(await gateway.GetAsync("/getUsers", "X-Tenant: b"), 429, "rate_limited");
        Assert.Equal(200, (await gateway.GetAsync("/getUsers", "X-Tenant: a")).Status);
        Assert.Equal((2, 2), (await PartitionsAsync(gateway), await gateway.MetricAsync("gateway_rate_limit_partitions_dropped_total{policy=\"p\"}")));
    }

    [Fact]
    public async Task ApiKey_OfEachClient_HasABudgetOfItsOwn()
    {
        await using var gateway = await StartAsync("""{ "Kind": "FixedWindow", "PermitLimit": 1, "Window": "01:00:00", "PartitionBy": "ApiKey" }""", edit: root =>
        {
            root["Authentication"] = new JsonObject
            {
                ["ApiKeys"] = new JsonObject { ["Keys"] = new JsonObject { ["alice"] = Client("key of alice"), ["bob"] = Client("key of bob") } },
            };
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "members";
        });

        var statuses = new List<int>();
        foreach (var key in (string[])["key of alice", "key of bob", "key of alice", "nobody's", "key of bob"])
        {
            statuses.Add((await gateway.GetAsync("/getUsers", $"X-Api-Key: {key}")).Status);
        }

        Assert.Equal([200, 200, 429, 401, 429], statuses);

        static JsonObject Client(string key) => new()
        {
            ["Hashes"] = new JsonArray($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)))}"),
        };
    }

    [Fact]
    public async Task Refusal_ByAddress_ComesBeforeAnybodyIsAskedWhoHeIs()
    {
        await using var gateway = await StartAsync("""{ "Kind": "FixedWindow", "PermitLimit": 1, "Window": "01:00:00" }""", edit: root =>
        {
            root["Authentication"] = JsonNode.Parse(
                $$"""{ "ApiKeys": { "Keys": { "alice": { "Hashes": [ "sha256:{{new string('0', 64)}}" ] } } } }""");
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "members";
        });

        Problem.Of(await gateway.GetAsync("/getUsers"), 401, "unauthenticated");
        Problem.Of(await gateway.GetAsync("/getUsers"), 429, "rate_limited");
    }

    [Fact]
    public async Task Edit_OfALimit_CountsWhatHasBeenUsedAndLeavesOtherPoliciesAlone()
    {
        await using var gateway = await StartAsync(TwoAMinute, edit: root => AddOther(root));
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getEvents");

        await EditAsync(gateway, TwoAMinute.Replace(": 2,", ": 3,", StringComparison.Ordinal));

        Assert.Equal(("\"p\";q=3;w=60", "\"p\";r=0;t=60"), Fields(await gateway.GetAsync("/getUsers")));
        Problem.Of(await gateway.GetAsync("/getUsers"), 429, "rate_limited");
        Problem.Of(await gateway.GetAsync("/getEvents"), 429, "rate_limited");

        await EditAsync(gateway, """{ "Kind": "TokenBucket", "PermitLimit": 1, "TokensPerPeriod": 1, "ReplenishmentPeriod": "00:00:10" }""");

        Assert.Equal(("\"p\";q=1;w=10", "\"p\";r=0;t=10"), Fields(await gateway.GetAsync("/getUsers")));   // another kind begins anew
        Problem.Of(await gateway.GetAsync("/getEvents"), 429, "rate_limited");

        static void AddOther(JsonNode root)
        {
            root["RateLimiterPolicies"]!["other"] = JsonNode.Parse("""{ "Kind": "FixedWindow", "PermitLimit": 1, "Window": "01:00:00" }""");
            root["ReverseProxy"]!["Routes"]!["getEvents"]!["RateLimiterPolicy"] = "other";
        }

        static (string?, string?) Fields(RawResponse response) => (response.Headers["RateLimit-Policy"], response.Headers["RateLimit"]);

        static Task EditAsync(WiredGateway gateway, string policy) => gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(Reading.Shipped(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = gateway.Upstream.Address;
            Limit(root, policy);
            AddOther(root);
        }).IsTakenUp());
    }

    [Fact]
    public async Task Answer_OfAnUpstreamWithLimitsOfItsOwn_HasBoth()
    {
        await using var gateway = await StartAsync(
            TwoAMinute, (_, answer) => answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRateLimit-Policy: \"up\";q=9;w=1\r\nRateLimit: \"up\";r=8;t=1\r\n\r\n[]"));
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal(["\"up\";r=8;t=1", "\"p\";r=1;t=60"], response.Headers.All("RateLimit"));
        Assert.Equal(["\"up\";q=9;w=1", "\"p\";q=2;w=60"], response.Headers.All("RateLimit-Policy"));
    }

    [Fact]
    public async Task Answer_ThatTheUpstreamFailed_HasTheFieldsToo()
    {
        await using var gateway = await StartAsync(TwoAMinute, (_, answer) => answer.SendAsync("no HTTP\r\n\r\n"));
        var response = await gateway.GetAsync("/getUsers");
        Problem.Of(response, 502, "upstream_failed");
        Assert.Equal("\"p\";r=1;t=60", response.Headers["RateLimit"]);
    }

    [Fact]
    public async Task Answer_OfARouteWithoutAPolicy_HasNoFields()
    {
        await using var gateway = await StartAsync(TwoAMinute);
        var response = await gateway.GetAsync("/getEvents");
        Assert.Equal((null, null), (response.Headers["RateLimit"], response.Headers["RateLimit-Policy"]));
    }

    // 100 clients at once, each on a connection of its own: not one more than the limit gets through.
    [Fact]
    public async Task FixedWindow_ByACrowd_PermitsExactlyTheLimit()
    {
        await using var gateway = await StartAsync("""{ "Kind": "FixedWindow", "PermitLimit": 37, "Window": "00:01:00" }""");

        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))));

        Assert.Equal((37, 63), (responses.Count(r => r.Status == 200), responses.Count(r => r.Status == 429)));
        Assert.Equal(37, gateway.Upstream.Requests.Count);
        Assert.Equal(
            Enumerable.Range(0, 37).Select(left => $"\"p\";r={left};t=60").Order(StringComparer.Ordinal),
            responses.Where(r => r.Status == 200).Select(r => r.Headers["RateLimit"]).Order(StringComparer.Ordinal));
    }

    private static Task<WiredGateway> StartAsync(string policy, Func<RawRequest, RawConnection, Task>? answer = null, Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync(
            answer ?? ((request, connection) => connection.RespondAsync(request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? "{\"events\":[]}" : "[]")),
            root =>
            {
                Limit(root, policy);
                edit?.Invoke(root);
            });

    // Two routes and an aggregation have it; getEvents has none.
    private static void Limit(JsonNode root, string policy)
    {
        root["RateLimiterPolicies"] = new JsonObject { ["p"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "p";
        root["ReverseProxy"]!["Routes"]!["addEvent"]!["RateLimiterPolicy"] = "p";
        root["Aggregations"]!["eventsByUser"]!["RateLimiterPolicy"] = "p";
    }

    private static Task<double?> CountAsync(WiredGateway gateway, string result) =>
        gateway.MetricAsync($$"""gateway_rate_limit_requests_total{policy="p",result="{{result}}"}""");

    private static Task<double?> PartitionsAsync(WiredGateway gateway) => gateway.MetricAsync("gateway_rate_limit_partitions{policy=\"p\"}");
}
