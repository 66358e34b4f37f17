using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The output cache over real sockets: what clients get, and what the upstream sees of them.</summary>
public sealed class OutputCacheTests
{
    private const string OneSecond = """{ "Duration": "00:00:01" }""";
    private const string TenSecondsAndAMinute = """{ "Duration": "00:00:10", "StaleIfError": "00:01:00" }""";

    private const string Active = """http_server_active_requests{http_request_method="GET",url_scheme="http"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/getUsers", "getUsers")]
    [InlineData("/getEventsByUserId/1", "eventsByUser")]
    public async Task Answer_WithinItsTime_ServesOthersAndSaysHowOldItIs(string path, string route)
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:00:10" }""");

        var first = await gateway.GetAsync(path);
        gateway.Clock.Advance(TimeSpan.FromSeconds(4));
        var second = await gateway.SendAsync(Http.Get(path));
        var line = await gateway.FinishedAsync();
        var calls = gateway.Upstream.Requests.Count;
        gateway.Clock.Advance(TimeSpan.FromSeconds(6));
        var third = await gateway.GetAsync(path);

        Assert.Equal((200, "eventgateway; fwd=miss; stored", null), (first.Status, first.Headers["Cache-Status"], first.Headers["Age"]));
        Assert.Equal((200, "eventgateway; hit; ttl=6", "4"), (second.Status, second.Headers["Cache-Status"], second.Headers["Age"]));
        Assert.Equal((first.Text, first.Headers["Content-Type"], first.Headers["ETag"]), (second.Text, second.Headers["Content-Type"], second.Headers["ETag"]));
        Assert.NotEqual(first.Headers["X-Correlation-Id"], second.Headers["X-Correlation-Id"]);
        Assert.Equal((route, "hit", null), ((string?)line["route"], (string?)line["cache"], (string?)line["cause"]));
        Assert.Equal("eventgateway; fwd=miss; stored", third.Headers["Cache-Status"]);
        Assert.Equal(2 * calls, gateway.Upstream.Requests.Count);
        Assert.Equal((1, 2), (await CountAsync(gateway, route, "hit"), await CountAsync(gateway, route, "miss")));
        Assert.Equal(0, await CountAsync(gateway, route, "stale"));
        Assert.True(await gateway.MetricAsync("gateway_cache_size_bytes") > 512);
    }

    [Fact]
    public async Task Head_OfWhatIsKept_IsServedWithoutABody()
    {
        await using var gateway = await StartAsync(OneSecond);
        await gateway.SendAsync(Http.Head("HEAD", "/getUsers"));
        var get = await gateway.GetAsync("/getUsers");

        var head = await gateway.SendAsync(Http.Head("HEAD", "/getUsers"));

        Assert.Equal((200, "", get.Headers["Content-Length"]), (head.Status, head.Text, head.Headers["Content-Length"]));
        Assert.Equal(["HEAD", "GET"], gateway.Upstream.Requests.Select(r => r.Line.Split(' ')[0]));
    }

    [Theory]
    [InlineData("""{ "Duration": "00:00:01" }""", "/getUsers?a=1", "/getUsers?a=2", 2)]
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "*" ] }""", "/getUsers?a=1", "/getUsers?a=2", 2)]
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [] }""", "/getUsers?a=1", "/getUsers?a=2", 1)]
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers?a=1&b=1", "/getUsers?b=2&a=1", 1)]
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers?a=1", "/getUsers?a=2", 2)]
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers?a=1&a=2", "/getUsers?a=1%26a%3D2", 2)]
    public async Task Query_MakesAnotherAnswer_AsThePolicySays(string policy, string one, string other, int calls)
    {
        await using var gateway = await StartAsync(policy);
        await gateway.GetAsync(one);
        await gateway.GetAsync(other);
        Assert.Equal(calls, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Header_OfThePolicy_MakesAnotherAnswer()
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:00:01", "VaryByHeader": [ "X-Tenant" ] }""");
        await gateway.GetAsync("/getUsers", "X-Tenant: a");
        await gateway.GetAsync("/getUsers", "X-Tenant: b");
        await gateway.GetAsync("/getUsers", "X-Tenant: a");
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Vary_OfTheUpstream_MakesAnotherAnswer()
    {
        await using var gateway = await StartAsync(OneSecond, (request, answer) => answer.RespondAsync(request.Headers["Accept-Language"] ?? "", headers: "Vary: Accept-Language"));
        foreach (var language in (string[])["de", "en", "de", "en", "fr"])
        {
            Assert.Equal(language, (await gateway.GetAsync("/getUsers", $"Accept-Language: {language}")).Text);
        }

        Assert.Equal(3, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("Authorization: Bearer a", "Authorization: Bearer b")]
    [InlineData("Cookie: s=1", "Cookie: s=2")]
    public async Task Caller_WithVaryByCaller_HasAnswersOfItsOwn(string one, string other)
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:00:01", "VaryByCaller": true }""");
        await gateway.GetAsync("/getUsers", one);
        await gateway.GetAsync("/getUsers", other);
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers", one);
        Assert.Equal(3, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("Authorization: Bearer a", "max-age=60", 3)]
    [InlineData("Cookie: s=1", "max-age=60", 3)]
    [InlineData("Authorization: Bearer a", "public, max-age=60", 2)]   // those with credentials, and those without
    [InlineData("Cookie: s=1", "public, max-age=60", 2)]
    public async Task Credentials_UnlessTheAnswerIsPublic_AreNeverServedFromWhatIsKept(string credentials, string cacheControl, int calls)
    {
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[]", headers: $"Cache-Control: {cacheControl}"));
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers", credentials);
        await gateway.GetAsync("/getUsers", credentials + "2");
        Assert.Equal(calls, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("200 OK", "Cache-Control: no-store")]
    [InlineData("200 OK", "Cache-Control: private, max-age=60")]
    [InlineData("200 OK", "Cache-Control: no-cache")]
    [InlineData("200 OK", "Cache-Control: max-age=0")]
    [InlineData("200 OK", "Cache-Control: max-age=60, s-maxage=0")]
    [InlineData("200 OK", "Cache-Control: ;;")]
    [InlineData("200 OK", "Expires: 0")]
    [InlineData("200 OK", "Set-Cookie: s=1")]
    [InlineData("200 OK", "Vary: *")]
    [InlineData("200 OK", "Content-Type: text/event-stream")]
    [InlineData("201 Created", "X-Any: 1")]
    [InlineData("404 Not Found", "X-Any: 1")]
    [InlineData("500 Internal Server Error", "X-Any: 1")]
    public async Task Answer_ThatIsNotForOthers_IsNeverKept(string status, string header)
    {
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[]", status, header));
        var first = await gateway.GetAsync("/getUsers");
        var second = await gateway.GetAsync("/getUsers");
        Assert.Equal(2, gateway.Upstream.Requests.Count);
        Assert.Equal("eventgateway; fwd=miss", first.Headers["Cache-Status"]);
        Assert.DoesNotContain("hit", second.Headers["Cache-Status"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cache-Control: max-age=3", 3)]
    [InlineData("Cache-Control: max-age=3, s-maxage=5", 5)]
    [InlineData("Cache-Control: max-age=60", 10)]
    public async Task Lifetime_IsTheShorterOfPolicyAndUpstream(string header, int seconds)
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:00:10" }""", (_, answer) => answer.RespondAsync("[]", headers: header));
        await gateway.GetAsync("/getUsers");
        gateway.Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        await gateway.GetAsync("/getUsers");
        Assert.Single(gateway.Upstream.Requests);
        gateway.Clock.Advance(TimeSpan.FromTicks(1));
        await gateway.GetAsync("/getUsers");
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Age_OfTheUpstream_Counts()
    {
        await using var gateway = await StartAsync(
            """{ "Duration": "00:01:00" }""", (_, answer) => answer.RespondAsync("[]", headers: ["Age: 25", "Cache-Control: max-age=30"]));
        await gateway.GetAsync("/getUsers");
        gateway.Clock.Advance(TimeSpan.FromSeconds(2));
        var hit = await gateway.GetAsync("/getUsers");
        Assert.Equal(("27", "eventgateway; hit; ttl=3"), (hit.Headers["Age"], hit.Headers["Cache-Status"]));
    }

    [Fact]
    public async Task Post_IsNeverKept()
    {
        await using var gateway = await StartAsync(OneSecond, edit: root => root["ReverseProxy"]!["Routes"]!["addEvent"]!["Metadata"]!["OutputCachePolicy"] = "p");
        Assert.Equal("eventgateway; fwd=method", (await gateway.PostAsync()).Headers["Cache-Status"]);
        await gateway.PostAsync();
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("ETag: \"theirs\"", "\"theirs\"")]
    [InlineData("X-Any: 1", null)]
    public async Task ETag_ThatTheClientHas_IsA304FromMissAndHitAlike(string header, string? expected)
    {
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[1]", headers: header));
        var tag = (await gateway.GetAsync("/getUsers")).Headers["ETag"]!;
        Assert.Equal(expected ?? tag, tag);

        var hit = await gateway.GetAsync("/getUsers", $"If-None-Match: \"x\", W/{tag}");
        gateway.Clock.Advance(TimeSpan.FromSeconds(2));
        var miss = await gateway.GetAsync("/getUsers", $"If-None-Match: {tag}");
        var changed = await gateway.GetAsync("/getUsers", "If-None-Match: \"old\"");

        Assert.Equal((304, "", tag, "eventgateway; hit; ttl=1"), (hit.Status, hit.Text, hit.Headers["ETag"], hit.Headers["Cache-Status"]));
        Assert.Equal((304, "eventgateway; fwd=miss; stored"), (miss.Status, miss.Headers["Cache-Status"]));
        Assert.Equal((200, "[1]"), (changed.Status, changed.Text));
        Assert.DoesNotContain(gateway.Upstream.Requests, request => request.Headers["If-None-Match"] is not null);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Misses_AtTheSameTime_AreOneCall(string path)
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (request, answer) =>
        {
            await gate.Task;
            await answer.RespondAsync(Body(request));
        });

        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Get(path))).ToList();
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        gate.SetResult();
        var answers = await Task.WhenAll(clients).InTime();

        Assert.All(answers, answer => Assert.Equal((200, "[]"), (answer.Status, answer.Text)));
        Assert.Single(answers, answer => answer.Headers["Cache-Status"] == "eventgateway; fwd=miss; stored");
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Leader_ThatLeaves_TakesNobodyWithIt()
    {
        var held = new HeldAnswer();
        var calls = 0;
        await using var gateway = await StartAsync(
            OneSecond, (_, answer) => Interlocked.Increment(ref calls) == 1 ? held.HoldAsync(answer) : answer.RespondAsync("[]"));
        var leader = await gateway.ConnectAsync();
        await leader.SendAsync(Http.Get("/getUsers"), Token);
        await held.Arrived;
        var others = Enumerable.Range(0, 5).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();

        leader.Dispose();

        Assert.All(await Task.WhenAll(others).InTime(), answer => Assert.Equal((200, "[]"), (answer.Status, answer.Text)));
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Waiter_ThatLeaves_TakesNobodyWithIt()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.Task;
            await answer.RespondAsync("[]");
        });
        var leader = gateway.SendAsync(Http.Get("/getUsers"));
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        var waiter = await gateway.ConnectAsync();
        await waiter.SendAsync(Http.Get("/getUsers"), Token);
        var other = gateway.SendAsync(Http.Get("/getUsers"));
        waiter.Dispose();
        var line = await gateway.FinishedAsync();

        gate.SetResult();

        Assert.Equal((499, "client_abort"), ((int?)line["status"], (string?)line["cause"]));
        Assert.Equal((200, 200), ((await leader.InTime()).Status, (await other.InTime()).Status));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Leader_WhomTheUpstreamFails_LetsOneOtherTryAndNoHerd()
    {
        var gate = new TaskCompletionSource();
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await gate.Task;
            await answer.RespondAsync("no", "500 Internal Server Error");
        });
        var clients = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))).ToList();
        await WaitForAsync(() => gateway.Upstream.Requests.Count == 1);
        while (await gateway.MetricAsync(Active) != 21)   // with the one that asks
        {
        }

        gate.SetResult();

        var answers = await Task.WhenAll(clients).InTime();
        var made = gateway.Upstream.Requests.Count;
        Assert.InRange(made, 2, 6);   // one that was not at the wait yet when the first failed makes calls of its own
        Assert.Equal(made, answers.Count(answer => answer.Status == 500));
        Assert.Equal(20 - made, answers.Count(answer => answer.Status == 502));
    }

    [Theory]
    [InlineData("/getUsers", "status_5xx", "fwd-status=500; ")]
    [InlineData("/getEventsByUserId/1", "bad_status", "")]
    public async Task Upstream_ThatFails_IsReplacedByAStaleAnswerForAWhile(string path, string cause, string forwarded)
    {
        var fails = false;
        await using var gateway = await StartAsync(
            TenSecondsAndAMinute,
            (request, answer) => fails ? answer.RespondAsync("no", "500 Internal Server Error", "X-Error: 1") : answer.RespondAsync(Body(request)));
        await gateway.GetAsync(path);
        fails = true;
        gateway.Clock.Advance(TimeSpan.FromSeconds(13));

        var stale = await gateway.SendAsync(Http.Get(path));
        var line = await gateway.FinishedAsync();
        gateway.Clock.Advance(TimeSpan.FromSeconds(57));
        var late = await gateway.GetAsync(path);

        Assert.Equal((200, "[]", "13", $"eventgateway; fwd=stale; {forwarded}ttl=-3"), (stale.Status, stale.Text, stale.Headers["Age"], stale.Headers["Cache-Status"]));
        Assert.Null(stale.Headers["X-Error"]);
        Assert.Equal((200, "stale", cause), ((int?)line["status"], (string?)line["cache"], (string?)line["cause"]));
        Assert.True(late.Status >= 500);
        Assert.True(gateway.Upstream.Requests.Count >= 3);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("body")]
    public async Task Upstream_WhoseAnswerBreaksOff_IsReplacedByAStaleAnswer(string how)
    {
        var fails = false;
        await using var gateway = await StartAsync(TenSecondsAndAMinute, async (_, answer) =>
        {
            if (!fails)
            {
                await answer.RespondAsync("[]");
                return;
            }

            if (how == "body")
            {
                await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1,");
            }

            answer.Reset();
        });
        await gateway.GetAsync("/getUsers");
        fails = true;
        gateway.Clock.Advance(TimeSpan.FromSeconds(11));

        var stale = await gateway.GetAsync("/getUsers");

        Assert.Equal((200, "[]"), (stale.Status, stale.Text));
        Assert.StartsWith("eventgateway; fwd=stale;", stale.Headers["Cache-Status"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Breaker_ThatIsOpen_IsReplacedByAStaleAnswer()
    {
        var fails = false;
        await using var gateway = await StartAsync(
            TenSecondsAndAMinute,
            (_, answer) => fails ? answer.RespondAsync("no", "500 Internal Server Error") : answer.RespondAsync("[]"),
            root => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = JsonNode.Parse("""[ { "CircuitBreaker": "addEvent" } ]"""));
        await gateway.GetAsync("/getUsers");
        fails = true;
        gateway.Clock.Advance(TimeSpan.FromSeconds(11));
        for (var i = 0; i < 3; i++)
        {
            await gateway.GetAsync("/getUsers");
        }

        var calls = gateway.Upstream.Requests.Count;
        var stale = await gateway.SendAsync(Http.Get("/getUsers"));

        Assert.Equal((200, "[]", "eventgateway; fwd=stale; ttl=-1"), (stale.Status, stale.Text, stale.Headers["Cache-Status"]));
        Assert.Equal(calls, gateway.Upstream.Requests.Count);
        Assert.Null(stale.Headers["Retry-After"]);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Upstream_ThatAnswersTooLate_IsReplacedByAStaleAnswer(string path)
    {
        var fails = false;
        var held = new HeldAnswer();
        await using var gateway = await StartAsync(
            TenSecondsAndAMinute,
            (request, answer) => fails ? held.HoldAsync(answer) : answer.RespondAsync(Body(request)),
            root => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"]!["AttemptTimeout"] = "00:00:05");
        await gateway.GetAsync(path);
        fails = true;
        gateway.Clock.Advance(TimeSpan.FromSeconds(11));
        var asked = gateway.SendAsync(Http.Get(path));
        await held.Arrived;

        gateway.Clock.Advance(TimeSpan.FromSeconds(5));

        var stale = await asked.InTime();
        Assert.Equal((200, "16", "eventgateway; fwd=stale; ttl=-6"), (stale.Status, stale.Headers["Age"], stale.Headers["Cache-Status"]));
        var line = await gateway.FinishedAsync();
        Assert.Equal(("timeout", "stale"), ((string?)line["cause"], (string?)line["cache"]));
    }

    [Theory]
    [InlineData("Cache-Control: max-age=10, must-revalidate")]
    [InlineData("Cache-Control: max-age=10, stale-if-error=0")]
    public async Task Stale_WhereTheUpstreamForbidsIt_IsNotServed(string header)
    {
        var fails = false;
        await using var gateway = await StartAsync(
            TenSecondsAndAMinute, (_, answer) => fails ? answer.RespondAsync("no", "500 Internal Server Error") : answer.RespondAsync("[]", headers: header));
        await gateway.GetAsync("/getUsers");
        fails = true;
        gateway.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(500, (await gateway.GetAsync("/getUsers")).Status);
    }

    [Fact]
    public async Task PartialAggregation_IsNeverKept()
    {
        await using var gateway = await StartAsync(
            OneSecond,
            (request, answer) => request.Line.Contains("User", StringComparison.Ordinal) ? answer.RespondAsync("""{"events":["a","b"]}""")
                : request.Line.Contains("EventById/a", StringComparison.Ordinal) ? answer.RespondAsync("1") : answer.RespondAsync("no", "500 Internal Server Error"),
            root => root["Aggregations"]!["eventsByUser"]!["Mode"] = "Partial");
        Assert.Equal("[1,null]", (await gateway.GetAsync("/getEventsByUserId/1")).Text);
        await gateway.GetAsync("/getEventsByUserId/1");
        Assert.Equal(6, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task EventStream_PassesAsItComesAndNobodyWaitsForItsEnd()
    {
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n");
            await answer.WaitForClientToLeaveAsync();
        });
        using var one = await gateway.ConnectAsync();
        await one.SendAsync(Http.Get("/getUsers"), Token);
        using var other = await gateway.ConnectAsync();
        await other.SendAsync(Http.Get("/getUsers"), Token);

        await WaitForAsync(() => gateway.Upstream.Requests.Count == 2);
    }

    [Fact]
    public async Task StreamedAnswer_WhoseEndNobodyKnows_IsWaitedForASecond()
    {
        var calls = 0;
        await using var gateway = await StartAsync(OneSecond, async (_, answer) =>
        {
            if (Interlocked.Increment(ref calls) > 1)
            {
                await answer.RespondAsync("[2]");
                return;
            }

            await answer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n");
            await answer.WaitForClientToLeaveAsync();
        });
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Http.Get("/getUsers"), Token);
        await first.ReadPartialResponseAsync(3, Token);
        var other = gateway.SendAsync(Http.Get("/getUsers"));
        while (!other.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(20, Token);
        }

        Assert.Equal("[2]", (await other).Text);
    }

    [Fact]
    public async Task StreamedAnswer_ThatEndsSoon_IsKept()
    {
        await using var gateway = await StartAsync(
            OneSecond, (_, answer) => answer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n"));
        await gateway.GetAsync("/getUsers");
        var hit = await gateway.GetAsync("/getUsers");
        Assert.Equal(("[1]", "3", "eventgateway; hit; ttl=1"), (hit.Text, hit.Headers["Content-Length"], hit.Headers["Cache-Status"]));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n")]
    public async Task LargeBody_PassesAndIsNotKept(string answer)
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:00:01", "MaxBodySize": 4 }""", (_, connection) => connection.SendAsync(answer));
        Assert.Equal("12345", (await gateway.GetAsync("/getUsers")).Text);
        Assert.Equal("12345", (await gateway.GetAsync("/getUsers")).Text);
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Policy_ThatIsEdited_ServesNothingOfBefore()
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:01:00" }""");
        await gateway.GetAsync("/getUsers");
        await ApplyAsync(gateway, """{ "Duration": "00:02:00" }""");
        Assert.Equal("eventgateway; fwd=miss; stored", (await gateway.GetAsync("/getUsers")).Headers["Cache-Status"]);

        await ApplyAsync(gateway, """{ "Duration": "00:02:00" }""", root => root["AccessLog"] = true);
        Assert.StartsWith("eventgateway; hit", (await gateway.GetAsync("/getUsers")).Headers["Cache-Status"], StringComparison.Ordinal);

        await ApplyAsync(gateway, policy: null);
        Assert.Null((await gateway.GetAsync("/getUsers")).Headers["Cache-Status"]);
        Assert.Equal(0, await gateway.MetricAsync("gateway_cache_entries"));
    }

    [Fact]
    public async Task Access_IsJudgedBeforeWhatIsKept()
    {
        await using var gateway = await StartAsync(OneSecond, edit: root =>
        {
            root["RateLimiterPolicies"] = JsonNode.Parse("""{ "one": { "Kind": "FixedWindow", "PermitLimit": 1, "Window": "00:01:00" } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "one";
        });
        await gateway.GetAsync("/getUsers");
        Problem.Of(await gateway.GetAsync("/getUsers"), 429, "rate_limited");
    }

    [Fact]
    public async Task ApiKey_WhoseClientMayNot_GetsNothingOfWhatAnotherHas()
    {
        await using var gateway = await StartAsync("""{ "Duration": "00:00:01", "VaryByCaller": true }""", edit: root =>
        {
            root["Authentication"] = new JsonObject
            {
                ["ApiKeys"] = new JsonObject { ["Keys"] = new JsonObject { ["alice"] = Client("key of alice"), ["bob"] = Client("key of bob") } },
            };
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "members";
        });

        var answers = new List<string?>();
        foreach (var key in (string[])["key of alice", "key of alice", "key of bob", "nobody's"])
        {
            var answer = await gateway.GetAsync("/getUsers", $"X-Api-Key: {key}");
            answers.Add($"{answer.Status} {answer.Headers["Cache-Status"]}");
        }

        const string Miss = "200 eventgateway; fwd=miss; stored";
        Assert.Equal([Miss, "200 eventgateway; hit; ttl=1", Miss, "401 "], answers);

        static JsonObject Client(string key) => new()
        {
            ["Hashes"] = new JsonArray($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)))}"),
        };
    }

    [Fact]
    public async Task Clients_AThousandAtOnce_AreOneCallASecond()
    {
        await using var gateway = await StartAsync(OneSecond);
        for (var second = 1; second <= 3; second++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => gateway.SendAsync(Http.Get("/getUsers")))).InTime();
            Assert.All(answers, answer => Assert.Equal(200, answer.Status));
            Assert.Equal(second, gateway.Upstream.Requests.Count);
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static Task<WiredGateway> StartAsync(string policy, Func<RawRequest, RawConnection, Task>? answer = null, Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync(answer ?? ((request, connection) => connection.RespondAsync(Body(request), headers: "Content-Type: application/json")), root =>
        {
            Use(root, policy);
            edit?.Invoke(root);
        });

    private static void Use(JsonNode root, string policy)
    {
        root["OutputCachePolicies"] = new JsonObject { ["p"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "p" };
        root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "p";
    }

    private static Task ApplyAsync(WiredGateway gateway, string? policy, Action<JsonNode>? edit = null) =>
        gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(Reading.Shipped(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = gateway.Upstream.Address;
            edit?.Invoke(root);
            if (policy is not null)
            {
                Use(root, policy);
            }
        }).IsTakenUp());

    // A user without events, or no users.
    private static string Body(RawRequest request) => request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? """{"events":[]}""" : "[]";

    private static async Task WaitForAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, Token);
        }
    }

    private static Task<double?> CountAsync(WiredGateway gateway, string route, string result) =>
        gateway.MetricAsync($$"""gateway_cache_requests_total{result="{{result}}",route="{{route}}"}""");
}
