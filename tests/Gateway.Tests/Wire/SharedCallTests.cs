using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Aggregations that share the calls for events, over real sockets: what reaches the upstream, who gets what came of it, and what is counted.</summary>
public sealed class SharedCallTests
{
    private const string User = "/getUserById/";
    private const string Event = "/getEventById/";
    private const string Shared = """gateway_aggregation_shared_calls_total{aggregation="eventsByUser",step="event"}""";

    private readonly ConcurrentDictionary<string, Func<RawRequest, RawConnection, Task>> _answers = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_AHundredWithTheSameTenEvents_AreTenCalls()
    {
        const int Requests = 100;
        var ids = Enumerable.Range(0, 10).Select(i => $"e{i}").ToArray();
        await using var gateway = await StartAsync();
        for (var round = 1; round <= 10; round++)
        {
            var gates = ids.Select(Hold).ToList();
            var answers = Task.WhenAll(Enumerable.Range(0, Requests).Select(i => gateway.SendAsync(Get($"{round}-{i}:{string.Join(':', ids)}"))));
            await IsSharedAsync(gateway, round * (Requests - 1) * ids.Length);
            gates.ForEach(gate => gate.Open());

            Assert.All(await answers.InTime(), answer => Assert.Equal((200, $"[{string.Join(',', ids.Select(id => $"\"{id}\""))}]"), (answer.Status, answer.Text)));
            Assert.Equal(round * ids.Length, gateway.Upstream.Requests.Count(request => request.Target.StartsWith(Event, StringComparison.Ordinal)));
        }

        for (var i = 0; i < 10 * Requests; i++)
        {
            await gateway.FinishedAsync();
        }

        Assert.Equal(10 * Requests * ids.Length, await PartsAsync(gateway, "success"));
        Assert.Equal(0, await gateway.MetricAsync("""gateway_aggregation_in_flight{aggregation="eventsByUser"}"""));
    }

    [Theory]
    [InlineData(true, "Accept: text/html", "User-Agent: other", "X-Correlation-Id: other")]
    [InlineData(true, "X-Forwarded-For: 192.0.2.1", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData(false, "Accept-Language: de")]
    [InlineData(false, "Accept-Language: en", "Accept-Language: de")]
    [InlineData(false, "X-Tenant: b")]
    [InlineData(false, "Authorization: Bearer b")]
    [InlineData(false, "Cookie: a=1")]
    [InlineData(false, "Host: other.test")]
    public async Task Requests_ThatDiffer_ShareOnlyWhereTheAnswerCantDependOnIt(bool isShared, params string[] headers)
    {
        await using var gateway = await StartAsync(root => Step(root)["Headers"] = new JsonArray("X-Tenant"));
        var gate = Hold("a");
        var first = gateway.SendAsync(Get("1:a"));
        await gate.Arrived.InTime();
        var second = gateway.SendAsync(
            headers is ["Host: other.test"] ? Get("1:a").Replace("gateway.test", "other.test", StringComparison.Ordinal) : Get("1:a", headers));
        await (isShared ? IsSharedAsync(gateway, 1) : AreMadeAsync(gateway, "a", 2));
        gate.Open();
        Assert.Equal([200, 200], (await Task.WhenAll(first, second).InTime()).Select(answer => answer.Status));
        Assert.Equal(isShared ? 1 : 2, CallsOf(gateway, "a"));
        Assert.Equal(isShared ? 1 : 0, await gateway.MetricAsync(Shared));
    }

    [Fact]
    public async Task Requests_OfTwoVersions_DontShare()
    {
        await using var gateway = await StartAsync(root => root["Versions"] = JsonNode.Parse("""{ "v1": { "Prefix": "/v1" }, "v2": { "Prefix": "/v2" } }"""));
        var gate = Hold("a");
        var answers = new[] { "/v1", "/v2" }.Select(prefix => gateway.SendAsync(Http.Get($"{prefix}/getEventsByUserId/1:a"))).ToList();
        await AreMadeAsync(gateway, "a", 2);
        gate.Open();
        Assert.Equal([200, 200], (await Task.WhenAll(answers).InTime()).Select(answer => answer.Status));
        Assert.Equal(
            ["/v1", "/v2"], gateway.Upstream.Requests.Where(request => request.Target == Event + "a").Select(request => request.Headers["X-Forwarded-Prefix"]).Order());
    }

    [Theory]
    [InlineData("alice", true)]
    [InlineData("bob", false)]
    public async Task Clients_ByTheirKeys_ShareWithThemselvesAlone(string other, bool isShared)
    {
        await using var gateway = await StartAsync(root =>
        {
            root["Authentication"] = new JsonObject { ["ApiKeys"] = new JsonObject { ["Keys"] = new JsonObject { ["alice"] = Client("alice"), ["bob"] = Client("bob") } } };
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ] } }""");
            root["Aggregations"]!["eventsByUser"]!["AuthorizationPolicy"] = "members";
        });
        var gate = Hold("a");
        var first = gateway.SendAsync(Get("1:a", "X-Api-Key: alice"));
        await gate.Arrived.InTime();
        var second = gateway.SendAsync(Get("2:a", $"X-Api-Key: {other}"));
        await (isShared ? IsSharedAsync(gateway, 1) : AreMadeAsync(gateway, "a", 2));
        gate.Open();
        Assert.Equal([200, 200], (await Task.WhenAll(first, second).InTime()).Select(answer => answer.Status));

        static JsonObject Client(string key) => new()
        {
            ["Hashes"] = new JsonArray($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)))}"),
        };
    }

    [Fact]
    public async Task Step_ThatDoesNotShare_HasNoSeriesAndMakesItsOwnCalls()
    {
        await using var gateway = await StartAsync(root => Step(root).AsObject().Remove("ShareCalls"));
        var gate = Hold("a");
        var answers = new[] { gateway.SendAsync(Get("1:a")), gateway.SendAsync(Get("1:a")) };
        await AreMadeAsync(gateway, "a", 2);
        gate.Open();
        await Task.WhenAll(answers).InTime();
        Assert.Null(await gateway.MetricAsync(Shared));
        Assert.Null((await gateway.FinishedAsync())["shared_calls"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_LeavesOfTwo_TheOtherHasItsAnswer(bool firstLeaves)
    {
        await using var gateway = await StartAsync(Guarded);
        var gate = Hold("a");
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get("1:a", "X-Correlation-Id: first"), Token);
        await gate.Arrived.InTime();
        using var second = await gateway.ConnectAsync();
        await second.SendAsync(Get("1:a", "X-Correlation-Id: second"), Token);
        await IsSharedAsync(gateway, 1);

        (firstLeaves ? first : second).Abort();

        var left = await gateway.FinishedAsync();
        Assert.Equal((firstLeaves ? "first" : "second", "cancelled"), ((string?)left["correlation_id"], (string?)left["cause"]));
        Assert.Equal(0, await gateway.CallsAsync("ignored", "client_abort"));   // the call goes on
        gate.Open();
        Assert.Equal("""["a"]""", (await (firstLeaves ? second : first).ReadResponseAsync(Token)).Text);
        var line = await gateway.FinishedAsync();
        Assert.Equal(firstLeaves ? 1 : null, (int?)line["shared_calls"]);
        Assert.Equal(firstLeaves ? null : 1, (int?)left["shared_calls"]);
        Assert.Equal("first", gateway.Upstream.Requests.Single(request => request.Target == Event + "a").Headers["X-Correlation-Id"]);
        Assert.Equal(1, await gateway.CallsAsync("success", "none"));
        Assert.Equal((1, 1), (await PartsAsync(gateway, "success"), await PartsAsync(gateway, "cancelled")));
    }

    [Fact]
    public async Task Clients_WhoAllLeave_LetGoOfTheCall()
    {
        await using var gateway = await StartAsync(Guarded);
        var held = new HeldAnswer();
        _answers[Event + "a"] = (_, answer) => held.HoldAsync(answer);
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get("1:a"), Token);
        await held.Arrived;
        using var second = await gateway.ConnectAsync();
        await second.SendAsync(Get("1:a"), Token);
        await IsSharedAsync(gateway, 1);

        first.Abort();
        await gateway.FinishedAsync();
        Assert.Equal(0, await gateway.CallsAsync("ignored", "client_abort"));
        second.Abort();
        await gateway.FinishedAsync();

        await held.Left;
        Assert.Equal(1, await gateway.CallsAsync("ignored", "client_abort"));
        Assert.Equal(2, await PartsAsync(gateway, "cancelled"));
        Assert.Equal("closed", await gateway.BreakerStateAsync());
    }

    [Fact]
    public async Task Failure_OfASharedCall_IsOneForBreakerAndUpstream()
    {
        await using var gateway = await StartAsync(Guarded);
        var gate = new Gate();
        _answers[Event + "a"] = async (_, answer) =>
        {
            await gate.PassAsync(answer.Stopping);
            await answer.RespondAsync("{}", "503 Service Unavailable", "Retry-After: 7");
        };
        var answers = Enumerable.Range(0, 5).Select(_ => gateway.SendAsync(Get("1:a"))).ToList();
        await IsSharedAsync(gateway, 4);
        gate.Open();

        Assert.All(await Task.WhenAll(answers).InTime(), answer => Problem.Of(answer, 502, "bad_status"));
        Assert.Equal(1, await gateway.CallsAsync("failure", "status_5xx"));
        Assert.Equal(1, await gateway.ErrorsAsync("eventsByUser", "status_5xx"));
        Assert.Equal(5, await PartsAsync(gateway, "bad_status"));
        Assert.Equal("closed", await gateway.BreakerStateAsync());
    }

    [Fact]
    public async Task Places_OfTheCluster_AreTakenByCallsNotByThoseWhoWait()
    {
        await using var gateway = await StartAsync(root =>
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] = new JsonObject { ["MaxConcurrentCalls"] = "2" });
        var gate = Hold("a");
        var first = gateway.SendAsync(Get("1:a"));
        await gate.Arrived.InTime();
        var second = gateway.SendAsync(Get("2:a"));   // the other place is for its user
        await IsSharedAsync(gateway, 1);
        Assert.Equal(1, await gateway.MetricAsync("""gateway_cluster_calls_in_flight{cluster="event-api"}"""));
        gate.Open();
        Assert.Equal([200, 200], (await Task.WhenAll(first, second).InTime()).Select(answer => answer.Status));
    }

    // The request that began the call is over, and its connection has the next one, when the call is made again.
    [Fact]
    public async Task Call_OutlivesTheRequestThatBeganIt_StaysWhatItWas()
    {
        await using var gateway = await StartAsync(root =>
        {
            Step(root)["Headers"] = new JsonArray("X-Tenant");
            Step(root)["CircuitBreaker"] = "addEvent";
            root["RetryPolicies"] = JsonNode.Parse("""{ "p": { "Statuses": "503", "BaseDelay": "00:00:00", "MaxDelay": "00:00:00" } }""");
            root["Aggregations"]!["eventsByUser"]!["RetryPolicy"] = "p";
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["secondary"] =
                root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!.DeepClone();
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["LoadBalancingPolicy"] = "RoundRobin";
        });
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var (failing, again) = (new Gate(), new Gate());
        var calls = 0;
        _answers[Event + "a"] = async (_, answer) =>
        {
            var isFirst = Interlocked.Increment(ref calls) == 1;
            await (isFirst ? failing : again).PassAsync(answer.Stopping);
            await answer.RespondAsync("\"a\"", isFirst ? "503 Service Unavailable" : "200 OK");
        };
        var bad = new Gate();
        _answers[Event + "bad"] = async (_, answer) =>
        {
            await bad.PassAsync(answer.Stopping);
            await answer.RespondAsync("{}", "500 Internal Server Error");
        };

        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get("1:a:bad", "X-Tenant: t", "Accept-Language: de", "X-Correlation-Id: began", $"traceparent: {Trace}", "baggage: b=1"), Token);
        await Task.WhenAll(failing.Arrived, bad.Arrived).InTime();
        var other = gateway.SendAsync(Get("2:a", "X-Tenant: t", "Accept-Language: de", "X-Correlation-Id: joined", "baggage: b=2"));
        await IsSharedAsync(gateway, 1);
        bad.Open();
        Problem.Of(await client.ReadResponseAsync(Token).InTime(), 502, "bad_status");
        var free = Hold("free");
        await client.SendAsync(Get("3:free", "X-Tenant: other", "Accept-Language: fr", "X-Correlation-Id: next"), Token);
        await free.Arrived.InTime();

        failing.Open();
        await again.Arrived.InTime();
        again.Open();
        free.Open();

        Assert.Equal((200, """["a"]"""), ((await other.InTime()).Status, (await other).Text));
        Assert.Equal(200, (await client.ReadResponseAsync(Token).InTime()).Status);
        var made = gateway.Upstream.Requests.Where(request => request.Target == Event + "a").ToList();
        Assert.Equal(2, made.Count);
        Assert.All(made, request =>
        {
            Assert.Equal(("t", "de", "began"), (request.Headers["X-Tenant"], request.Headers["Accept-Language"], request.Headers["X-Correlation-Id"]));
            Assert.Equal((Trace, "b=1"), (request.Headers["traceparent"], request.Headers["baggage"]));
            Assert.Equal(
                ("127.0.0.1", "http", "gateway.test"),
                (request.Headers["X-Forwarded-For"], request.Headers["X-Forwarded-Proto"], request.Headers["X-Forwarded-Host"]));
            Assert.Equal(
                ["Accept", "Accept-Language", "baggage", "Host", "traceparent", "X-Correlation-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Tenant"],
                request.Headers.Lines.Select(line => line.Name).Order(StringComparer.OrdinalIgnoreCase));
        });
        Assert.Equal((2, 2), (await gateway.CallsAsync("success", "none"), await gateway.CallsAsync("failure", "status_5xx")));
    }

    [Fact]
    public async Task Edit_OfTheFile_LetsNobodyJoinACallOfTheOldOne()
    {
        await using var upstream = RawUpstream.Start(AnswerAsync);
        await using var gateway = await EditedGateway.StartAsync(TestGateway.Configuration(upstream.Address, Share));
        var gate = Hold("a");
        var path = "/getEventsByUserId/1:a";
        var old = gateway.Gateway.Client.GetStringAsync(path, Token);
        await gate.Arrived.InTime();

        await gateway.ApplyAsync(TestGateway.Configuration(upstream.Address, root =>
        {
            Share(root);
            root["Aggregations"]!["eventsByUser"]!["TotalTimeout"] = "00:00:11";
        }));
        _answers[Event + "a"] = (_, answer) => answer.RespondAsync("\"new\"");

        Assert.Equal("""["new"]""", await gateway.Gateway.Client.GetStringAsync(path, Token).InTime());
        gate.Open();
        Assert.Equal("""["a"]""", await old.InTime());
    }

    private static JsonNode Step(JsonNode root) => root["Aggregations"]!["eventsByUser"]!["Steps"]![1]!;

    private static void Share(JsonNode root) => Step(root)["ShareCalls"] = true;

    private static void Guarded(JsonNode root) => Step(root)["CircuitBreaker"] = "addEvent";

    /// <summary>A user, and behind a colon each of their events.</summary>
    private static string Get(string user, params IEnumerable<string> headers) => Http.Get($"/getEventsByUserId/{user}", headers);

    private static int CallsOf(WiredGateway gateway, string id) => gateway.Upstream.Requests.Count(request => request.Target == Event + id);

    private static Task<double?> PartsAsync(WiredGateway gateway, string outcome) =>
        gateway.MetricAsync($$"""gateway_aggregation_parts_total{aggregation="eventsByUser",outcome="{{outcome}}",step="event"}""");

    private static async Task IsSharedAsync(WiredGateway gateway, int calls)
    {
        while (await gateway.MetricAsync(Shared) != calls)
        {
            await Task.Delay(1, Token);
        }
    }

    private static async Task AreMadeAsync(WiredGateway gateway, string id, int calls)
    {
        while (CallsOf(gateway, id) < calls)
        {
            await Task.Delay(1, Token);
        }
    }

    private Task<WiredGateway> StartAsync(Action<JsonNode>? edit = null) => WiredGateway.StartAsync(AnswerAsync, root =>
    {
        Share(root);
        edit?.Invoke(root);
    });

    private Task AnswerAsync(RawRequest request, RawConnection answer) =>
        _answers.TryGetValue(request.Target, out var scripted) ? scripted(request, answer)
        : request.Target.StartsWith(User, StringComparison.Ordinal)
            ? answer.RespondAsync($$"""{"events":[{{string.Join(',', Uri.UnescapeDataString(request.Target).Split(':').Skip(1).Select(id => $"\"{id}\""))}}]}""")
            : answer.RespondAsync("unexpected", "500 Internal Server Error");

    /// <summary>The event's calls wait at a gate, and then answer with its id.</summary>
    private Gate Hold(string id)
    {
        var gate = new Gate();
        _answers[Event + id] = async (_, answer) =>
        {
            await gate.PassAsync(answer.Stopping);
            await answer.RespondAsync($"\"{id}\"");
        };
        return gate;
    }
}
