using System.Net;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.MockUpstream.Tests.Faults;

public sealed class FaultBoardTests
{
    [Fact]
    public async Task Get_AtTheStart_ShowsTheOriginalsNumbers()
    {
        await using var mock = await MockServer.StartAsync(new MockUpstreamOptions { Port = 0 });
        var read = """{"latencyMs":0,"failureShare":0.05,"failure":"reset","status":503,"retryAfter":null}""";
        var expected = JsonNode.Parse($$"""
            {
              "getUsers": {{read}},
              "getEvents": {{read}},
              "getUserById": {"latencyMs":0,"failureShare":0,"failure":"reset","status":503,"retryAfter":null},
              "getEventById": {"latencyMs":500,"failureShare":0,"failure":"reset","status":503,"retryAfter":null},
              "addEvent": {"latencyMs":0,"failureShare":0,"failure":"reset","status":503,"retryAfter":null,
                           "succeed":5,"fail":10,"failLatencyMs":100}
            }
            """);
        var (status, body) = await mock.GetAsync("/__mock/faults");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(body)), body);
    }

    [Fact]
    public async Task Put_SomeDials_SetsThemInOrderAndLeavesTheOthers()
    {
        await using var mock = await MockServer.StartAsync();
        var (_, body) = await mock.SetFaultsAsync("""
            {"getUsers":{"status":500},"*":{"status":501,"latencyMs":3},"addEvent":{"status":502,"succeed":1}}
            """);
        var faults = JsonNode.Parse(body)!;
        Assert.Equal(501, (int)faults["getUsers"]!["status"]!);
        Assert.Equal(502, (int)faults["addEvent"]!["status"]!);
        Assert.Equal((1, 10), ((int)faults["addEvent"]!["succeed"]!, (int)faults["addEvent"]!["fail"]!));
        Assert.All(faults.AsObject(), endpoint => Assert.Equal(3, (int)endpoint.Value!["latencyMs"]!));
        Assert.Equal(body, (await mock.GetAsync("/__mock/faults")).Body);
    }

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("[]", "object")]
    [InlineData("""{"getUser":{}}""", "getUser:")]
    [InlineData("""{"getUsers":1}""", "getUsers:")]
    [InlineData("""{"getUsers":null}""", "getUsers:")]
    [InlineData("""{"getUsers":{"latency":1}}""", "getUsers.latency:")]
    [InlineData("""{"getUsers":{"LatencyMs":1}}""", "getUsers.LatencyMs:")]
    [InlineData("""{"getUsers":{"latencyMs":-1}}""", "getUsers.latencyMs:")]
    [InlineData("""{"getUsers":{"latencyMs":600001}}""", "getUsers.latencyMs:")]
    [InlineData("""{"getUsers":{"latencyMs":1.5}}""", "getUsers.latencyMs:")]
    [InlineData("""{"getUsers":{"latencyMs":"1"}}""", "getUsers.latencyMs:")]
    [InlineData("""{"getUsers":{"latencyMs":null}}""", "getUsers.latencyMs:")]
    [InlineData("""{"*":{"failureShare":1.01}}""", "*.failureShare:")]
    [InlineData("""{"*":{"failure":"explode"}}""", "*.failure:")]
    [InlineData("""{"*":{"failure":1}}""", "*.failure:")]
    [InlineData("""{"*":{"status":399}}""", "*.status:")]
    [InlineData("""{"*":{"retryAfter":""}}""", "*.retryAfter:")]
    [InlineData("""{"*":{"retryAfter":"1\r\nX: y"}}""", "*.retryAfter:")]
    [InlineData("""{"*":{"succeed":1}}""", "*.succeed:")]
    [InlineData("""{"addEvent":{"succeed":0,"fail":0}}""", "addEvent.succeed:")]
    [InlineData("""{"addEvent":{"fail":1,"fail":2}}""", "fail")]
    public async Task Put_WrongDial_Answers400NamesItAndChangesNothing(string wrong, string named)
    {
        await using var mock = await MockServer.StartAsync();
        var before = await mock.GetAsync("/__mock/faults");
        var (status, body) = await mock.SetFaultsAsync(wrong);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, (string)JsonNode.Parse(body)!["error"]!, StringComparison.Ordinal);

        await mock.SetFaultsAsync(wrong.Replace("{\"", "{\"getEvents\":{\"latencyMs\":9},\"", StringComparison.Ordinal));
        Assert.Equal(before, await mock.GetAsync("/__mock/faults"));
    }

    [Fact]
    public async Task Put_NewTurns_StartsTheCountAgain()
    {
        await using var mock = await MockServer.StartAsync();
        const string Event = """{"id":1,"userId":1}""";
        await mock.AddEventAsync(Event);
        await mock.SetFaultsAsync("""{"addEvent":{"succeed":2,"fail":1}}""");
        List<HttpStatusCode> statuses = [];
        for (var i = 0; i < 4; i++)
        {
            statuses.Add((await mock.AddEventAsync(Event)).Status);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK], statuses);
    }

    [Theory]
    [InlineData("getUsers", "/getUsers")]
    [InlineData("getEvents", "/getEvents")]
    [InlineData("getUserById", "/getUserById/1")]
    [InlineData("getEventById", "/getEventById/event-1")]
    public async Task Latency_OfOneEndpoint_HoldsItAlone(string endpoint, string path)
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        await using var mock = await MockServer.StartAsync(MockServer.Faultless, watched);
        await mock.SetFaultsAsync($$$"""{"{{{endpoint}}}":{"latencyMs":250}}""");
        var answer = mock.GetAsync(path);
        Assert.Equal(TimeSpan.FromMilliseconds(250), await watched.NextTimerAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, (await mock.AddEventAsync("""{"id":1,"userId":1}""")).Status);
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(HttpStatusCode.OK, (await answer).Status);
    }

    [Fact]
    public async Task Options_WithFaults_AreWhereResetReturnsTo()
    {
        var options = MockServer.Faultless;
        options.Faults = """{"addEvent":{"succeed":0,"retryAfter":"5"}}""";
        await using var mock = await MockServer.StartAsync(options);
        var start = await mock.GetAsync("/__mock/faults");
        await mock.SetFaultsAsync("""{"*":{"latencyMs":1,"retryAfter":null}}""");
        await mock.ResetAsync();
        Assert.Equal(start, await mock.GetAsync("/__mock/faults"));
        Assert.Equal("5", (string)JsonNode.Parse(start.Body)!["addEvent"]!["retryAfter"]!);
    }
}
