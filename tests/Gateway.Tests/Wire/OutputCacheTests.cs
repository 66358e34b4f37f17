using System.Text.Json.Nodes;
using static EventGateway.Gateway.Tests.Wire.CachedGateway;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The output cache over real sockets: what clients get, and what the upstream sees of them.</summary>
public sealed class OutputCacheTests
{
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
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers?a=1", "/getUsers?%61=1", 1)]
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers?a=1", "/getUsers?A=1", 2)]    // to most upstreams another one
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers", "/getUsers?A=1", 2)]        // and to some the same
    [InlineData("""{ "Duration": "00:00:01", "VaryByQuery": [ "a" ] }""", "/getUsers?a=%ff", "/getUsers?a=%fe", 2)]
    [InlineData("""{ "Duration": "00:00:01" }""", "/getUsers", "/getUsers?", 1)]
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
    [InlineData(false, 4)]
    [InlineData(true, 3)]
    public async Task ApiKey_OnARouteThatAsksForNone_IsACredential(bool varyByCaller, int calls)
    {
        await using var gateway = await StartAsync(
            $$"""{ "Duration": "00:00:01", "VaryByCaller": {{(varyByCaller ? "true" : "false")}} }""",
            (request, answer) => answer.RespondAsync(request.Headers["X-Api-Key"] ?? "nobody"),
            root => root["Authentication"] = new JsonObject { ["ApiKeys"] = new JsonObject { ["Keys"] = new JsonObject { ["alice"] = Client("one") } } });
        foreach (var key in (string[])["one", "two", "one"])   // the gateway knows only one of them
        {
            Assert.Equal(key, (await gateway.GetAsync("/getUsers", $"X-Api-Key: {key}")).Text);
        }

        Assert.Equal("nobody", (await gateway.GetAsync("/getUsers")).Text);
        Assert.Equal(calls, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("X-Correlation-Id")]
    [InlineData("traceparent")]
    [InlineData("Forwarded")]
    [InlineData("Host")]
    public async Task Vary_OnWhatTheGatewayWrites_IsNotKept(string header)
    {
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[]", headers: $"Vary: Accept, {header}"));
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers");
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Header_ThatGoesNoFurther_TellsNoAnswersApart()
    {
        await using var gateway = await StartAsync(
            """{ "Duration": "00:00:01", "VaryByHeader": [ "X-Tenant" ] }""", (request, answer) => answer.RespondAsync(request.Headers["X-Tenant"] ?? "none"));
        Assert.Equal("none", (await gateway.GetAsync("/getUsers", "X-Tenant: a", "Connection: close, X-Tenant")).Text);
        Assert.Equal("a", (await gateway.GetAsync("/getUsers", "X-Tenant: a", "Connection: Keep-Alive")).Text);
        Assert.Equal("a", (await gateway.GetAsync("/getUsers", "X-Tenant: a")).Text);
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("Set-Cookie: a=b", 2)]
    [InlineData("Vary: *", 2)]
    [InlineData("Vary: X-Forwarded-For", 2)]
    [InlineData("Vary: Accept, Accept-Encoding", 1)]   // to a part always the same
    [InlineData("Vary: Accept-Language", 1)]
    [InlineData("Expires: 0", 2)]
    [InlineData("Cache-Control: garbage garbage", 2)]
    [InlineData("Cache-Control: max-age=0", 2)]        // one part of two
    [InlineData("Age: 7", 1)]
    public async Task Aggregation_KeepsNothingThatAPartForbids(string header, int runs)
    {
        await using var gateway = await StartAsync(OneSecond, (request, answer) => request.Line.Contains("User", StringComparison.Ordinal)
            ? answer.RespondAsync("""{"events":["a"]}""")
            : answer.RespondAsync("1", headers: header));
        await gateway.GetAsync("/getEventsByUserId/1");
        await gateway.GetAsync("/getEventsByUserId/1");
        Assert.Equal(2 * runs, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Aggregation_OfPartsOfWhichOneIsSilent_LivesAsLongAsTheOther()
    {
        await using var gateway = await StartAsync(TenSecondsAndAMinute, (request, answer) => request.Line.Contains("User", StringComparison.Ordinal)
            ? answer.RespondAsync("""{"events":["a"]}""")
            : answer.RespondAsync("1", headers: ["Cache-Control: max-age=8", "Age: 5"]));
        Assert.Null((await gateway.GetAsync("/getEventsByUserId/1")).Headers["Cache-Control"]);
        Assert.Equal("eventgateway; hit; ttl=3", (await gateway.GetAsync("/getEventsByUserId/1")).Headers["Cache-Status"]);
    }

    [Fact]
    public async Task Aggregation_OfPublicParts_IsKeptForRequestsWithCredentials()
    {
        await using var gateway = await StartAsync(
            OneSecond, (_, answer) => answer.RespondAsync("""{"events":[]}""", headers: ["Cache-Control: public, max-age=60", "Vary: Accept-Language, Origin"]));
        var first = await gateway.GetAsync("/getEventsByUserId/1", "Authorization: Bearer a");
        await gateway.GetAsync("/getEventsByUserId/1", "Authorization: Bearer b");
        Assert.Equal(("public, max-age=60", "Accept-Language"), (first.Headers["Cache-Control"], first.Headers["Vary"]));
        Assert.Single(gateway.Upstream.Requests);
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
    [InlineData("Cache-Control: max-age=99999999999", 10)]
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

    [Theory]
    [InlineData("Age: 99999999999")]
    [InlineData("Date: Wed, 31 Dec 2025 23:59:20 GMT")]   // 40 s ago
    public async Task Answer_ThatIsOlderThanItMayGet_IsNotKept(string header)
    {
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[]", headers: [header, "Cache-Control: max-age=30"]));
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers");
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Date_OfTheUpstream_IsAnAge()
    {
        await using var gateway = await StartAsync(OneSecond, (_, answer) => answer.RespondAsync("[]", headers: "Date: Wed, 31 Dec 2025 23:59:20 GMT"));
        Assert.Equal("40", (await gateway.GetAsync("/getUsers")).Headers["Age"]);
        Assert.Equal("40", (await gateway.GetAsync("/getUsers")).Headers["Age"]);
    }

    [Theory]
    [InlineData("PUT", "/getUsers", "204 No Content", 6)]
    [InlineData("DELETE", "/getUsers?force=1", "200 OK", 6)]
    [InlineData("PATCH", "/GetUsers/", "303 See Other", 6)]
    [InlineData("PURGE", "/getUsers", "200 OK", 6)]
    [InlineData("PUT", "/getUsers", "409 Conflict", 4)]
    [InlineData("PUT", "/getUsers", "500 Internal Server Error", 4)]
    [InlineData("OPTIONS", "/getUsers", "200 OK", 4)]
    [InlineData("PUT", "/getUsers/1", "200 OK", 4)]
    public async Task Write_ThatSucceeds_InvalidatesWhatIsKeptOfItsPath(string method, string target, string status, int reads)
    {
        await using var gateway = await StartAsync(
            """{ "Duration": "00:01:00" }""",
            (request, answer) => request.Line.StartsWith("GET", StringComparison.Ordinal)
                ? answer.RespondAsync("[]", headers: "Vary: Accept-Language")
                : answer.SendAsync($"HTTP/1.1 {status}\r\n{(status.StartsWith("204", StringComparison.Ordinal) ? "" : "Content-Length: 0\r\n")}\r\n"),
            LetWrite);
        foreach (var variant in (string[])["/getUsers", "/getUsers?page=2"])
        {
            await gateway.GetAsync(variant, "Accept-Language: de");
            await gateway.GetAsync(variant, "Accept-Language: en");
        }

        await gateway.SendAsync(Http.Head(method, target, "Content-Length: 0"));
        await gateway.GetAsync("/getUsers", "Accept-Language: de");
        await gateway.GetAsync("/getUsers?page=2", "Accept-Language: en");

        Assert.Equal(reads, gateway.Upstream.Requests.Count(request => request.Line.StartsWith("GET", StringComparison.Ordinal)));
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

    [Theory]
    [InlineData("404 Not Found", "X-Any: 1", 503)]
    [InlineData("410 Gone", "X-Any: 1", 503)]
    [InlineData("403 Forbidden", "X-Any: 1", 503)]
    [InlineData("200 OK", "Cache-Control: no-store", 503)]
    [InlineData("200 OK", "Set-Cookie: s=1", 503)]
    [InlineData("301 Moved Permanently", "Location: /", 503)]
    [InlineData("406 Not Acceptable", "X-Any: 1", 200)]        // about this one request
    [InlineData("429 Too Many Requests", "X-Any: 1", 200)]
    [InlineData("500 Internal Server Error", "X-Any: 1", 200)]
    public async Task Stale_WhichTheUpstreamHasTakenBack_IsNotServed(string status, string header, int expected)
    {
        var (nowStatus, nowHeader) = ("200 OK", "X-Any: 1");
        await using var gateway = await StartAsync(TenSecondsAndAMinute, (_, answer) => answer.RespondAsync("[]", nowStatus, nowHeader));
        await gateway.GetAsync("/getUsers");
        gateway.Clock.Advance(TimeSpan.FromSeconds(11));
        (nowStatus, nowHeader) = (status, header);
        await gateway.GetAsync("/getUsers");
        (nowStatus, nowHeader) = ("503 Service Unavailable", "X-Any: 1");

        Assert.Equal(expected, (await gateway.GetAsync("/getUsers")).Status);
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
    }
}
