using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary><c>GET /getEventsByUserId/{id}</c> over real sockets: which calls reach the upstream, and what becomes of them.</summary>
public sealed class AggregationTests
{
    private const string User = "/getUserById/";
    private const string Event = "/getEventById/";

    private readonly ConcurrentDictionary<string, Func<RawConnection, Task>> _answers = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_OfAUser_ComeInTheUsersOrderAndEachIsFetchedOnce()
    {
        await using var gateway = await StartAsync("""["b","a","b",7,"a"]""");
        Answer("b", """{"id":"b","n":1e400,"e":"\u00e9\/","x":1,"x":2}""");
        Answer("a", "  12345678901234567890 ");
        Answer("7", "null");

        var response = await gateway.GetAsync("/getEventsByUserId/1");

        Assert.Equal((200, "application/json"), (response.Status, response.Headers["Content-Type"]));
        const string B = """{"id":"b","n":1e400,"e":"\u00e9\/","x":1,"x":2}""";
        Assert.Equal($"[{B},12345678901234567890,{B},null,12345678901234567890]", response.Text.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal([User + "1", Event + "7", Event + "a", Event + "b"], Targets(gateway).Take(1).Concat(Targets(gateway).Skip(1).Order()));
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("a%2Fb", "a%2Fb")]
    [InlineData("a%252Fb", "a%252Fb")]
    [InlineData("J%C3%BCrgen%20%F0%9F%8E%89", "J%C3%BCrgen%20%F0%9F%8E%89")]
    [InlineData("%41+b", "A%2Bb")]          // decoded once, encoded once
    [InlineData("a%3Fb%23c%3B", "a%3Fb%23c%3B")]
    [InlineData("%252", "%252")]            // the text "%2"
    [InlineData("...", "...")]
    [InlineData("a%2F..b", "a%2F..b")]
    [InlineData("1?x=2", "1")]
    public async Task UserId_OfTheClient_IsOneSegmentForTheUpstream(string id, string segment)
    {
        await using var gateway = await StartAsync("[]");
        Assert.Equal("[]", (await gateway.GetAsync($"/getEventsByUserId/{id}")).Text);
        Assert.Equal([User + segment], Targets(gateway));
    }

    [Theory]
    [InlineData("%ff")]
    [InlineData("%C3")]
    [InlineData("%c0%af")]       // an overlong slash
    [InlineData("%ed%a0%80")]    // half a surrogate pair
    [InlineData("%0a")]
    [InlineData("%7f")]
    [InlineData("%c2%85")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("%2e")]
    [InlineData("%2E%2e")]
    [InlineData(".%2e")]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("%zz")]
    [InlineData("..%2F..%2Fadmin")]
    [InlineData("..%5Cadmin")]
    [InlineData("..\\admin")]
    [InlineData("%252e%252e")]
    [InlineData("..%252Fadmin")]
    [InlineData("..;")]
    [InlineData("%c0%ae%c0%ae")]
    public async Task UserId_ThatIsNone_IsA400(string id)
    {
        await using var gateway = await StartAsync("[]");
        var response = await gateway.GetAsync($"/getEventsByUserId/{id}");
        Problem.Of(response, 400, "bad_path");
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task UserId_WithANullCharacter_IsA400()
    {
        await using var gateway = await StartAsync("[]");
        Assert.Equal(400, (await gateway.SendAsync(Http.Get("/getEventsByUserId/%00"))).Status);   // the server's own, without a body
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/getEventsByUserId")]
    [InlineData("/getEventsByUserId/1/2")]
    public async Task Path_WithMoreOrLessThanAnId_IsRefused(string target)
    {
        await using var gateway = await StartAsync("[]");
        Assert.Contains((await gateway.GetAsync(target)).Status, (int[])[400, 404]);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("\"a/b\"", "a%2Fb")]
    [InlineData("\"%2F\"", "%252F")]
    [InlineData("\"J\\u00fcrgen \u00fc\"", "J%C3%BCrgen%20%C3%BC")]
    [InlineData("\"a?b#c&d=e\"", "a%3Fb%23c%26d%3De")]
    [InlineData("\"..admin\"", "..admin")]
    [InlineData("12345678901234567890", "12345678901234567890")]
    [InlineData("-1.50e+3", "-1.50e%2B3")]
    public async Task EventId_OfTheUpstream_IsOneSegmentOfTheNextCall(string id, string segment)
    {
        await using var gateway = await StartAsync($"[{id}]");
        Answer(segment, "{}");
        Assert.Equal("[{}]", (await gateway.GetAsync("/getEventsByUserId/1")).Text);
        Assert.Equal([User + "1", Event + segment], Targets(gateway));
    }

    [Theory]
    [InlineData("404 Not Found", "{}")]
    [InlineData("200 OK", "")]
    [InlineData("200 OK", "null")]
    public async Task User_ThatIsUnknown_IsA404(string status, string body)
    {
        await using var gateway = await StartAsync((_, answer) => answer.RespondAsync(body, status));
        Problem.Of(await gateway.GetAsync("/getEventsByUserId/1"), 404, "not_found");
    }

    [Theory]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":1,"events":null}""")]
    [InlineData("""{"id":1,"events":[]}""")]
    public async Task User_WithoutEvents_HasNone(string user)
    {
        await using var gateway = await StartAsync((_, answer) => answer.RespondAsync(user));
        var response = await gateway.GetAsync("/getEventsByUserId/1");
        Assert.Equal((200, "[]"), (response.Status, response.Text));
    }

    [Theory]
    [InlineData("[]", "bad_shape")]
    [InlineData("17", "bad_shape")]
    [InlineData("\"text\"", "bad_shape")]
    [InlineData("""{"events":{}}""", "bad_shape")]
    [InlineData("""{"events":"a"}""", "bad_shape")]
    [InlineData("""{"events":["a",true]}""", "bad_item")]
    [InlineData("""{"events":["a",{}]}""", "bad_item")]
    [InlineData("""{"events":["a",null]}""", "bad_item")]
    [InlineData("""{"events":["a",""]}""", "bad_item")]
    [InlineData("""{"events":["a",".."]}""", "bad_item")]
    [InlineData("""{"events":["a","../admin"]}""", "bad_item")]
    [InlineData("""{"events":["a","x\\..\\y"]}""", "bad_item")]
    [InlineData("""{"events":["a","%2e%2e"]}""", "bad_item")]
    [InlineData("""{"events":["a","\n"]}""", "bad_item")]
    [InlineData("""{"events":["a","\ud800"]}""", "bad_item")]
    [InlineData("""{"events":["a"]""", "bad_json")]
    [InlineData("<html>", "bad_json")]
    public async Task User_OfABrokenShape_IsA502BeforeTheFirstEventCall(string user, string code)
    {
        await using var gateway = await StartAsync((_, answer) => answer.RespondAsync(user));
        Problem.Of(await gateway.GetAsync("/getEventsByUserId/1"), 502, code);
        Assert.Equal([User + "1"], Targets(gateway));
    }

    [Theory]
    [InlineData("302 Found", "{}", "bad_status")]
    [InlineData("404 Not Found", "{}", "bad_status")]
    [InlineData("500 Internal Server Error", "{}", "bad_status")]
    [InlineData("200 OK", "", "bad_json")]
    [InlineData("200 OK", "{} {}", "bad_json")]
    public async Task Event_WithoutAGoodAnswer_FailsTheWholeAndIsNamed(string status, string body, string code)
    {
        await using var gateway = await StartAsync("""["good","bad"]""");
        Answer("good", "{}");
        _answers[Event + "bad"] = answer => answer.RespondAsync(body, status, "Location: /elsewhere");

        var problem = Problem.Of(await gateway.GetAsync("/getEventsByUserId/1"), 502, code);

        Assert.Equal(("event", "bad"), ((string?)problem["step"], (string?)problem["item"]));
        Assert.DoesNotContain("/elsewhere", Targets(gateway));
    }

    [Theory]
    [InlineData("", "transport")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n", "bad_response")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "bad_response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", "bad_framing")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "body")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "body")]
    public async Task Upstream_FailsOnTheWire_IsA502ThatSaysHow(string bytes, string code)
    {
        await using var gateway = await StartAsync("""["a"]""");
        _answers[Event + "a"] = async answer =>
        {
            await answer.SendAsync(bytes);
            answer.Close();
        };
        var problem = Problem.Of(await gateway.GetAsync("/getEventsByUserId/1"), 502, code);
        Assert.Equal(("event", "a"), ((string?)problem["step"], (string?)problem["item"]));
    }

    [Fact]
    public async Task Events_OfOneUser_AreAllInFlightAtOnce()
    {
        var ids = Enumerable.Range(0, 100).Select(i => $"e{i}").ToList();
        await using var gateway = await StartAsync($"[{string.Join(',', ids.Select(id => $"\"{id}\""))}]");
        var gates = ids.Select(Hold).ToList();

        var response = gateway.GetAsync("/getEventsByUserId/1");
        await Task.WhenAll(gates.Select(gate => gate.Arrived)).InTime();
        gates.Reverse();
        gates.ForEach(gate => gate.Open());

        Assert.Equal($"[{string.Join(',', ids.Select(id => $"\"{id}\""))}]", (await response).Text);
    }

    [Fact]
    public async Task MaxConcurrency_OfTheStep_BoundsTheCallsInFlight()
    {
        await using var gateway = await StartAsync(
            """["a","b","c"]""", root => root["Aggregations"]!["eventsByUser"]!["Steps"]![1]!["MaxConcurrency"] = 2);
        var (a, b, c) = (Hold("a"), Hold("b"), Hold("c"));
        var response = gateway.GetAsync("/getEventsByUserId/1");
        await Task.WhenAll(a.Arrived, b.Arrived).InTime();
        Assert.False(c.Arrived.IsCompleted);
        a.Open();
        await c.Arrived.InTime();   // a's place
        b.Open();
        c.Open();
        Assert.Equal("""["a","b","c"]""", (await response).Text);
    }

    [Fact]
    public async Task Event_FailsFirst_LetsGoOfItsSiblings()
    {
        await using var gateway = await StartAsync("""["a","bad","c"]""");
        var (a, c) = (HoldUntilTheGatewayLeaves("a"), HoldUntilTheGatewayLeaves("c"));
        _answers[Event + "bad"] = async answer =>
        {
            await Task.WhenAll(a.Arrived, c.Arrived);
            await answer.RespondAsync("{}", "500 Internal Server Error");
        };

        var problem = Problem.Of(await gateway.GetAsync("/getEventsByUserId/1"), 502, "bad_status");

        Assert.Equal("bad", (string?)problem["item"]);
        await Task.WhenAll(a.Left, c.Left).InTime();
        Assert.Equal(1, await gateway.ErrorsAsync("eventsByUser", "status_5xx"));
        Assert.Equal(2, await gateway.MetricAsync(
            """gateway_aggregation_parts_total{aggregation="eventsByUser",outcome="cancelled",step="event"}"""));
    }

    [Fact]
    public async Task Client_Leaves_LetsGoOfEveryCall()
    {
        await using var gateway = await StartAsync("""["a","b"]""");
        var (a, b) = (HoldUntilTheGatewayLeaves("a"), HoldUntilTheGatewayLeaves("b"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getEventsByUserId/1"), Token);
        await Task.WhenAll(a.Arrived, b.Arrived).InTime();

        client.Abort();

        await Task.WhenAll(a.Left, b.Left).InTime();
        Assert.Equal("cancelled", (string?)(await gateway.FinishedAsync())["cause"]);
        Assert.Equal(0, await gateway.MetricAsync("""gateway_aggregation_in_flight{aggregation="eventsByUser"}"""));
    }

    [Fact]
    public async Task Call_TakesTooLong_IsA504ThatNamesIt()
    {
        await using var gateway = await StartAsync("""["a","slow"]""", OneAtATime);   // a has its answer when slow begins
        Answer("a", "{}");
        var slow = HoldUntilTheGatewayLeaves("slow");
        var response = gateway.GetAsync("/getEventsByUserId/1");
        await slow.Arrived;

        gateway.Clock.Advance(TimeSpan.FromSeconds(5));

        var problem = Problem.Of(await response, 504, "timeout");
        Assert.Equal(("event", "slow"), ((string?)problem["step"], (string?)problem["item"]));
        await slow.Left;
        Assert.Equal(1, await gateway.ErrorsAsync("eventsByUser", "timeout"));
    }

    [Fact]
    public async Task Call_StallsWithinItsBody_IsA504()
    {
        await using var gateway = await StartAsync("""["slow"]""");
        var slow = HoldUntilTheGatewayLeaves("slow", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
        var response = gateway.GetAsync("/getEventsByUserId/1");
        await slow.Arrived;
        gateway.Clock.Advance(TimeSpan.FromSeconds(5));
        Problem.Of(await response, 504, "timeout");
    }

    [Fact]
    public async Task Calls_TogetherTakeTooLong_AreA504()
    {
        await using var gateway = await StartAsync("""["slow"]""", root => root["Aggregations"]!["eventsByUser"]!["TotalTimeout"] = "00:00:07");
        var user = new Gate();
        _answers[User + "1"] = async answer =>
        {
            await user.PassAsync(answer.Stopping);
            await answer.RespondAsync("""{"events":["slow"]}""");
        };
        var slow = HoldUntilTheGatewayLeaves("slow");
        var response = gateway.GetAsync("/getEventsByUserId/1");
        await user.Arrived.InTime();
        gateway.Clock.Advance(TimeSpan.FromSeconds(4));   // of the user's five
        user.Open();
        await slow.Arrived;

        gateway.Clock.Advance(TimeSpan.FromSeconds(3));   // of the event's five, but seven together

        Problem.Of(await response, 504, "timeout");
        await slow.Left;
    }

    [Fact]
    public async Task Headers_OfTheClient_AreKeptBackExceptForAFew()
    {
        const string TraceId = "0af7651916cd43dd8448eb211c80319c";
        await using var gateway = await StartAsync("""["a"]""");
        Answer("a", "{}");
        await gateway.GetAsync(
            "/getEventsByUserId/1",
            "Authorization: Bearer t", "Cookie: a=1", "X-Custom: 1", "Accept: text/html", "Accept-Encoding: br", "If-None-Match: \"v1\"",
            "Range: bytes=0-1", "User-Agent: test",
            "Accept-Language: de", "X-Correlation-Id: mine", $"traceparent: 00-{TraceId}-b7ad6b7169203331-01");

        Assert.Equal(2, gateway.Upstream.Requests.Count);
        Assert.All(gateway.Upstream.Requests, request =>
        {
            Assert.Equal(
                ["Accept", "Accept-Language", "Host", "traceparent", "X-Correlation-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"],
                request.Headers.Lines.Select(line => line.Name).Order(StringComparer.OrdinalIgnoreCase));
            Assert.Equal("application/json", request.Headers["Accept"]);
            Assert.Equal("de", request.Headers["Accept-Language"]);
            Assert.Equal("mine", request.Headers["X-Correlation-Id"]);
            Assert.StartsWith($"00-{TraceId}-", request.Headers["traceparent"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Headers_OfAnEarlierClient_ReachNoLaterCall()
    {
        await using var gateway = await StartAsync("""["a","b"]""");
        Answer("a", "{}");
        Answer("b", "{}");
        await gateway.GetAsync(
            "/getEventsByUserId/1",
            "Accept-Language: de", "X-Correlation-Id: earlier", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage: earlier=1");
        Assert.All(gateway.Upstream.Requests, request => Assert.Equal("earlier", request.Headers["X-Correlation-Id"]));

        for (var i = 0; i < 3; i++)
        {
            await gateway.GetAsync("/getEventsByUserId/1", "X-Correlation-Id: later");
        }

        Assert.Equal(12, gateway.Upstream.Requests.Count);
        Assert.All(gateway.Upstream.Requests.Skip(3), request =>
        {
            Assert.Equal(
                ["Accept", "Host", "X-Correlation-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"],
                request.Headers.Lines.Select(line => line.Name).Order(StringComparer.OrdinalIgnoreCase));
            Assert.Equal("later", request.Headers["X-Correlation-Id"]);
        });
    }

    [Fact]
    public async Task Headers_OfTheParts_StayHereExceptForTheStrictestCacheControl()
    {
        await using var gateway = await StartAsync((request, answer) =>
            request.Target.StartsWith(User, StringComparison.Ordinal)
                ? answer.RespondAsync("""{"events":["a"]}""", "200 OK", "Cache-Control: max-age=60", "Set-Cookie: a=1", "X-Custom: 1", "ETag: \"v1\"")
                : answer.RespondAsync("{}", "200 OK", "Cache-Control: private, max-age=20"));
        var headers = (await gateway.GetAsync("/getEventsByUserId/1", "X-Correlation-Id: mine")).Headers;
        Assert.Equal(
            ["Cache-Control", "Content-Length", "Content-Security-Policy", "Content-Type", "Date", "X-Content-Type-Options", "X-Correlation-Id"],
            headers.Lines.Select(line => line.Name).Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal("mine", headers["X-Correlation-Id"]);
        Assert.Equal(["max-age=20", "private"], headers["Cache-Control"]!.Split(", ").Order());
    }

    private static IEnumerable<string> Targets(WiredGateway gateway) => gateway.Upstream.Requests.Select(request => request.Target);

    private Task<WiredGateway> StartAsync(string events, Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        (request, answer) =>
            _answers.TryGetValue(request.Target, out var scripted) ? scripted(answer)
            : request.Target.StartsWith(User, StringComparison.Ordinal) ? answer.RespondAsync($$"""{"id":1,"events":{{events}}}""")
            : answer.RespondAsync("unexpected", "500 Internal Server Error"),
        edit);

    private static Task<WiredGateway> StartAsync(Func<RawRequest, RawConnection, Task> answer) => WiredGateway.StartAsync(answer);

    private static void OneAtATime(JsonNode root) => root["Aggregations"]!["eventsByUser"]!["Steps"]![1]!["MaxConcurrency"] = 1;

    private void Answer(string segment, string body) => _answers[Event + segment] = answer => answer.RespondAsync(body);

    /// <summary>The event's call waits at a gate, and then answers with its id.</summary>
    private Gate Hold(string id)
    {
        var gate = new Gate();
        _answers[Event + id] = async answer =>
        {
            await gate.PassAsync(answer.Stopping);
            await answer.RespondAsync($"\"{id}\"");
        };
        return gate;
    }

    private HeldAnswer HoldUntilTheGatewayLeaves(string id, string first = "")
    {
        var held = new HeldAnswer(first);
        _answers[Event + id] = held.HoldAsync;
        return held;
    }
}
