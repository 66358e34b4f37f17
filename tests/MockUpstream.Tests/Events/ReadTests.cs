using System.Net;
using EventGateway.Testing;

namespace EventGateway.MockUpstream.Tests.Events;

public sealed class ReadTests
{
    private const string User1 = """{"userName":"user1","id":1,"email":"hello@gmail.com","events":["event-1","event-3"]}""";
    private const string User2 = """{"userName":"user2","id":2,"email":"hello2@gmail.com","events":["event-2"]}""";
    private const string User3 = """{"userName":"user3","id":3,"email":"hello3@gmail.com","events":["event-4"]}""";
    private const string Event1 = """{"id":1,"name":"Event 1","userId":1,"details":"This is the first event"}""";
    private const string Event2 = """{"id":2,"name":"Event 2","userId":2,"details":"This is the first event"}""";
    private const string Event3 = """{"id":3,"name":"Event 1","userId":1,"details":"This is the first event"}""";
    private const string Event4 = """{"id":4,"name":"Event 4","userId":3,"details":"This is the first event"}""";

    [Theory]
    [InlineData("/getUsers", $"[{User1},{User2},{User3}]")]
    [InlineData("/getEvents", $"[{Event1},{Event2},{Event3},{Event4}]")]
    [InlineData("/getUserById/1", User1)]
    [InlineData("/getUserById/3", User3)]
    [InlineData("/getUserById/%31", User1)]
    [InlineData("/getUserById/1?x=/2", User1)]
    [InlineData("/getEventById/event-3", Event3)]
    [InlineData("/getEventById/event%2D3", Event3)]
    [InlineData("/getUserById/4", "")]
    [InlineData("/getUserById/user1", "")]
    [InlineData("/getEventById/1", "")]
    public async Task Get_OriginalData_AnswersAsTheOriginal(string path, string expected)
    {
        await using var mock = await MockServer.StartAsync();
        Assert.Equal((HttpStatusCode.OK, expected), await mock.GetAsync(path));
    }

    [Theory]
    [InlineData("/getUsers", "238")]
    [InlineData("/getEvents", "293")]
    [InlineData("/getUserById/1", "84")]
    [InlineData("/getEventById/event-1", "72")]
    public async Task Head_OfARead_HasTheHeadersAlone(string path, string length)
    {
        await using var mock = await MockServer.StartAsync();
        using var client = await mock.RequestAsync(path, "HEAD");
        var response = await client.ReadResponseAsync(TestContext.Current.CancellationToken, toHead: true);
        Assert.Equal(200, response.Status);
        Assert.Equal(length, response.Headers["Content-Length"]);
        Assert.Equal("application/json; charset=utf-8", response.Headers["Content-Type"]);

        client.CloseSending();
        Assert.Empty((await client.ReadToEndAsync(TestContext.Current.CancellationToken)).Bytes);
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a%20b", "a b")]
    [InlineData("a+b", "a+b")]
    [InlineData("%E2%82%AC", "€")]
    [InlineData("%2E%2E%2F", "../")]
    public async Task GetEventById_EncodedId_IsDecodedOnce(string segment, string id)
    {
        await using var mock = await MockServer.StartAsync();
        var json = $$"""{"id":"{{id}}","userId":"1"}""";
        await mock.AddEventAsync(json);
        using var client = await mock.RequestAsync($"/getEventById/{segment}");
        Assert.Equal(json, (await client.ReadResponseAsync(TestContext.Current.CancellationToken)).Text);
    }

    [Fact]
    public async Task GetEventById_ByDefault_WaitsHalfASecond()
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        await using var mock = await MockServer.StartAsync(new MockUpstreamOptions { Port = 0 }, watched);
        var answer = mock.GetAsync("/getEventById/event-1");
        Assert.Equal(TimeSpan.FromMilliseconds(500), await watched.NextTimerAsync(TestContext.Current.CancellationToken));
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal((HttpStatusCode.OK, Event1), await answer);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEvents")]
    public async Task Get_ByDefault_AboutOneInTwentyIsReset(string path)
    {
        await using var mock = await MockServer.StartAsync(new MockUpstreamOptions { Port = 0, Seed = 1 });
        Assert.InRange((await ResetsAsync(mock, path, 400)).Count(reset => reset), 8, 32);
    }

    [Fact]
    public async Task Get_SameSeed_FailsAtTheSameCalls()
    {
        var options = MockServer.Faultless;
        (options.Seed, options.ReadFailureShare) = (7, 0.5);
        await using var mock = await MockServer.StartAsync(options);
        var first = await ResetsAsync(mock, "/getUsers", 30);
        await mock.ResetAsync();
        Assert.Equal(first, await ResetsAsync(mock, "/getUsers", 30));
        Assert.Contains(true, first);
        Assert.Contains(false, first);
    }

    [Theory]
    [InlineData("POST", "/getUsers", 405)]
    [InlineData("GET", "/addEvent", 405)]
    [InlineData("GET", "/getUserById/", 404)]
    [InlineData("GET", "/nothing", 404)]
    public async Task Request_OutsideTheApi_IsRefused(string method, string path, int status)
    {
        await using var mock = await MockServer.StartAsync();
        Assert.Equal((HttpStatusCode)status, (await mock.SendAsync(new HttpMethod(method), path)).Status);
    }

    // By hand: HttpClient would send a GET again when a kept connection is reset.
    private static async Task<List<bool>> ResetsAsync(MockServer mock, string path, int calls)
    {
        List<bool> resets = [];
        for (var i = 0; i < calls; i++)
        {
            using var client = await mock.ConnectAsync();
            var request = $"GET {path} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n";
            await client.SendAsync(request, TestContext.Current.CancellationToken);
            var (bytes, end) = await client.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Equal(end == RawEnd.Reset, bytes.Length == 0);
            resets.Add(end == RawEnd.Reset);
        }

        return resets;
    }
}
