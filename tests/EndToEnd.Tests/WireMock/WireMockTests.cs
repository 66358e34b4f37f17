using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.WireMock;

/// <summary>The event API played by a server that knows nothing of this product, and fails in ways of its own.</summary>
public sealed class WireMockTests(WireMockFixture wireMock) : IClassFixture<WireMockFixture>
{
    private const string Start = "Started";   // WireMock's name for a scenario's first state
    private const string Unavailable = """{"success":false,"error":"Service temporarily unavailable"}""";

    [Fact]
    public async Task GetUsers_Stubbed_PassesThrough()
    {
        await using var gateway = await wireMock.StartGatewayAsync();
        const string Users = """[{"id":"1", "big":12345678901234567890, "name":"\u00e9é"}]""";
        await wireMock.StubAsync("GET", "/getUsers", Json(Users, ("ETag", "\"7\"")));

        using var response = await gateway.Client.GetAsync("/getUsers", Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("\"7\"", response.Headers.ETag!.Tag);
        Assert.Equal(Users, await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task GetEventsByUserId_SlowEvents_AreFetchedAtOnceAndKeepTheirOrder()
    {
        const int Events = 20;
        const int DelayMs = 500;
        await using var gateway = await wireMock.StartGatewayAsync();
        var ids = string.Join(',', Enumerable.Range(1, Events));
        await wireMock.StubAsync("GET", "/getUserById/1", Json($$"""{"id":1,"events":[{{ids}}]}"""));
        for (var i = 1; i <= Events; i++)
        {
            var answer = Json($$"""{"id":{{i}}}""");
            answer["fixedDelayMilliseconds"] = DelayMs;
            await wireMock.StubAsync("GET", $"/getEventById/{i}", answer);
        }

        var asked = TimeProvider.System.GetTimestamp();
        var (status, events) = await gateway.GetJsonAsync("/getEventsByUserId/1");
        var took = TimeProvider.System.GetElapsedTime(asked);

        Assert.Equal(200, status);
        Assert.Equal(Enumerable.Range(1, Events), events.AsArray().Select(e => (int)e!["id"]!));
        Assert.InRange(took.TotalMilliseconds, DelayMs, DelayMs * Events / 2);   // even half of them in a row would take longer
    }

    [Theory]
    [InlineData(404, "", 404)]
    [InlineData(200, "", 404)]
    [InlineData(500, "{}", 502)]
    [InlineData(200, "{\"events\":[\"", 502)]
    [InlineData(302, "", 502)]
    public async Task GetEventsByUserId_UserNotToBeHad_SaysWhy(int userStatus, string user, int expected)
    {
        await using var gateway = await wireMock.StartGatewayAsync();
        await wireMock.StubAsync("GET", "/getUserById/1", Json(user, status: userStatus));
        AssertProblem(expected, await gateway.GetJsonAsync("/getEventsByUserId/1"));
    }

    [Fact]
    public async Task AddEvent_UpstreamsErrorThenSuccess_BothPassThrough()
    {
        await using var gateway = await wireMock.StartGatewayAsync();
        await wireMock.StubAsync("POST", "/addEvent", Json(Unavailable, status: 503), Start, "recovered");
        await wireMock.StubAsync("POST", "/addEvent", Json("""{"success":true}"""), "recovered", "recovered");

        Assert.Equal((503, Unavailable), await AddEventAsync(gateway));
        Assert.Equal((200, """{"success":true}"""), await AddEventAsync(gateway));
        Assert.Equal(2, await wireMock.CountAsync("/addEvent"));
    }

    [Fact]
    public async Task AddEvent_ThreeFailures_OpenTheCircuitAndSpareTheUpstream()
    {
        await using var gateway = await wireMock.StartGatewayAsync();
        await wireMock.StubAsync("POST", "/addEvent", Json(Unavailable, status: 503));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal((503, Unavailable), await AddEventAsync(gateway));
        }

        var (status, text) = await AddEventAsync(gateway);

        var rejection = JsonNode.Parse(text)!;
        Assert.Equal((503, "OPEN"), (status, (string?)rejection["circuitBreakerState"]));
        Assert.InRange((int)rejection["retryAfter"]!, 1, 10);
        Assert.Equal(3, await wireMock.CountAsync("/addEvent"));
        Assert.Equal("degraded", (string?)(await gateway.GetJsonAsync("/ready")).Body["status"]);
    }

    [Fact]
    public async Task AddEvent_UpstreamRecovers_TheProbeClosesTheCircuit()
    {
        await using var gateway = await wireMock.StartGatewayAsync(("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "50"));
        await wireMock.StubAsync("POST", "/addEvent", Json(Unavailable, status: 503), Start, "second");
        await wireMock.StubAsync("POST", "/addEvent", Json(Unavailable, status: 503), "second", "third");
        await wireMock.StubAsync("POST", "/addEvent", Json(Unavailable, status: 503), "third", "recovered");
        await wireMock.StubAsync("POST", "/addEvent", Json("""{"success":true}"""), "recovered", "recovered");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(503, (await AddEventAsync(gateway)).Status);
        }

        await gateway.GetJsonUntilAsync("/ready", (_, body) => body.ToJsonString().Contains("half_open", StringComparison.Ordinal));
        Assert.Equal(200, (await AddEventAsync(gateway)).Status);
        Assert.Equal("ready", (string?)(await gateway.GetJsonAsync("/ready")).Body["status"]);
        Assert.Equal(4, await wireMock.CountAsync("/addEvent"));
    }

    [Theory]
    [InlineData("CONNECTION_RESET_BY_PEER")]
    [InlineData("EMPTY_RESPONSE")]
    [InlineData("MALFORMED_RESPONSE_CHUNK")]
    [InlineData("RANDOM_DATA_THEN_CLOSE")]
    public async Task Fault_OfAnyKind_IsA502(string fault)
    {
        await using var gateway = await wireMock.StartGatewayAsync();
        foreach (var path in new[] { "/getUsers", "/getUserById/1", "/getEventById/1" })
        {
            await wireMock.StubAsync("GET", path, Fault(fault));
        }

        await wireMock.StubAsync("GET", "/getUserById/2", Json("""{"events":[1]}"""));
        await wireMock.StubAsync("POST", "/addEvent", Fault(fault));

        AssertProblem(502, await gateway.GetJsonAsync("/getUsers"));
        AssertProblem(502, await gateway.GetJsonAsync("/getEventsByUserId/1"));   // the user fails
        AssertProblem(502, await gateway.GetJsonAsync("/getEventsByUserId/2"));   // an event does
        for (var i = 0; i < 3; i++)
        {
            var (status, text) = await AddEventAsync(gateway);
            AssertProblem(502, (status, JsonNode.Parse(text)!));
        }

        // Each of the three counted, and none of them was sent twice.
        var (_, rejection) = await AddEventAsync(gateway);
        Assert.Equal("OPEN", (string?)JsonNode.Parse(rejection)!["circuitBreakerState"]);
        Assert.Equal(3, await wireMock.CountAsync("/addEvent"));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static JsonObject Fault(string name) => new() { ["fault"] = name };

    private static JsonObject Json(string body, (string Name, string Value)? header = null, int status = 200)
    {
        var headers = new JsonObject { ["Content-Type"] = "application/json" };
        if (header is var (name, value))
        {
            headers[name] = value;
        }

        return new JsonObject { ["status"] = status, ["body"] = body, ["headers"] = headers };
    }

    private static async Task<(int Status, string Body)> AddEventAsync(GatewayProcess gateway)
    {
        using var content = new StringContent("""{"name":"WireMock","userId":"1"}""", Encoding.UTF8, "application/json");
        using var response = await gateway.Client.PostAsync("/addEvent", content, Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static void AssertProblem(int expected, (int Status, JsonNode Body) answer)
    {
        Assert.Equal(expected, answer.Status);
        Assert.Equal(expected, (int)answer.Body["status"]!);
        Assert.False((bool)answer.Body["success"]!);
        Assert.NotEmpty((string)answer.Body["correlationId"]!);
    }
}
