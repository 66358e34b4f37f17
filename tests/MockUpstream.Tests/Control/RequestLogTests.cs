using System.Text.Json.Nodes;

namespace EventGateway.MockUpstream.Tests.Control;

public sealed class RequestLogTests
{
    [Fact]
    public async Task Report_AfterRequests_CountsThemByEndpoint()
    {
        await using var mock = await MockServer.StartAsync();
        await mock.GetAsync("/getUsers");
        await mock.SendAsync(HttpMethod.Head, "/getUsers");
        await mock.GetAsync("/getEventById/event-1");
        await mock.GetAsync("/getEventById/event-2");
        await mock.AddEventAsync("{}");
        await mock.GetAsync("/unknown/1");
        await mock.GetAsync("/unknown/2");
        await mock.GetAsync("/__mock/faults");
        var expected = JsonNode.Parse("""
            {"GET /getUsers":1,"HEAD /getUsers":1,"GET /getEventById/{id}":2,"POST /addEvent":1,"other":2}
            """);
        var counts = (await mock.ReportAsync())["counts"];
        Assert.True(JsonNode.DeepEquals(expected, counts), counts!.ToJsonString());
    }

    [Fact]
    public async Task Report_OfARequest_HasItsTargetAndHeadersAsTheyCame()
    {
        await using var mock = await MockServer.StartAsync();
        using var client = await mock.ConnectAsync();
        const string Request = "GET /getEventById/a%2Fb?c=d HTTP/1.1\r\nHost: mock\r\nX-Many: 1\r\nX-Many: 2\r\n\r\n";
        await client.SendAsync(Request, TestContext.Current.CancellationToken);
        await client.ReadResponseAsync(TestContext.Current.CancellationToken);
        var last = Assert.Single((await mock.ReportAsync())["last"]!.AsArray())!;
        Assert.Equal(("GET", "/getEventById/a%2Fb?c=d"), ((string)last["method"]!, (string)last["target"]!));
        Assert.Equal("""{"Host":["mock"],"X-Many":["1","2"]}""", last["headers"]!.ToJsonString());
    }

    [Fact]
    public async Task Report_ManyRequests_KeepsTheLastHundred()
    {
        await using var mock = await MockServer.StartAsync();
        for (var i = 0; i < 103; i++)
        {
            await mock.GetAsync($"/getUserById/{i}");
        }

        var report = await mock.ReportAsync();
        Assert.Equal(103, (int)report["counts"]!["GET /getUserById/{id}"]!);
        Assert.Equal(
            Enumerable.Range(3, 100).Select(i => $"/getUserById/{i}"),
            report["last"]!.AsArray().Select(request => (string)request!["target"]!));
    }

    [Fact]
    public async Task Reset_AfterRequests_RestoresDataTurnsAndCounts()
    {
        await using var mock = await MockServer.StartAsync();
        var (users, events) = (await mock.GetAsync("/getUsers"), await mock.GetAsync("/getEvents"));
        for (var i = 0; i < 5; i++)
        {
            await mock.AddEventAsync("""{"id":"event-1","userId":1}""");
        }

        await mock.ResetAsync();
        Assert.Equal("""{"counts":{},"last":[]}""", (await mock.ReportAsync()).ToJsonString());
        Assert.Equal(users, await mock.GetAsync("/getUsers"));
        Assert.Equal(events, await mock.GetAsync("/getEvents"));
        Assert.Contains("true", (await mock.AddEventAsync("""{"id":1,"userId":1}""")).Body, StringComparison.Ordinal);
    }
}
