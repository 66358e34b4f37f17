using System.Net;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.MockUpstream.Tests.Events;

public sealed class AddEventTests
{
    private const string Added = """{"success":true}""";
    private const string Overloaded =
        """{"success":false,"error":"Service temporarily unavailable","message":"Event API is experiencing high load"}""";

    [Fact]
    public async Task AddEvent_ByDefault_FiveSucceedTenFailAndAgain()
    {
        await using var mock = await MockServer.StartAsync();
        for (var i = 0; i < 31; i++)
        {
            var expected = i % 15 < 5 ? (HttpStatusCode.OK, Added) : (HttpStatusCode.ServiceUnavailable, Overloaded);
            Assert.Equal(expected, await mock.AddEventAsync($$"""{"id":{{i}},"userId":1}"""));
        }
    }

    [Fact]
    public async Task AddEvent_Overloaded_StoresNothing()
    {
        await using var mock = await MockServer.StartAsync();
        await mock.SetFaultsAsync("""{"addEvent":{"succeed":0}}""");
        await mock.AddEventAsync("""{"id":"late","userId":1}""");
        Assert.Equal((HttpStatusCode.OK, ""), await mock.GetAsync("/getEventById/late"));
    }

    [Fact]
    public async Task AddEvent_Overloaded_WaitsBeforeItFails()
    {
        var clock = new ManualClock();
        var watched = new WatchedClock(clock);
        await using var mock = await MockServer.StartAsync(new MockUpstreamOptions { Port = 0, AddEventSucceed = 0 }, watched);
        var answer = mock.AddEventAsync("{}");
        Assert.Equal(TimeSpan.FromMilliseconds(100), await watched.NextTimerAsync(TestContext.Current.CancellationToken));
        clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, Overloaded), await answer);
    }

    [Theory]
    [InlineData("1735689600000", "1735689600000")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("-3", "-3")]
    [InlineData("\"event-1\"", "event-1")]
    [InlineData("\"\\u0061b\"", "ab")]
    public async Task AddEvent_NewEvent_IsSeenEverywhereAsItCame(string id, string key)
    {
        await using var mock = await MockServer.StartAsync();
        var json = $$"""{ "name":"x",  "id":{{id}}, "userId":2, "price":1.50, "id2":null}""";
        Assert.Equal((HttpStatusCode.OK, Added), await mock.AddEventAsync($"\n{json} "));
        Assert.Equal((HttpStatusCode.OK, json), await mock.GetAsync($"/getEventById/{key}"));
        Assert.Contains(json, (await mock.GetAsync("/getEvents")).Body, StringComparison.Ordinal);
        Assert.Contains($"\"events\":[\"event-2\",{id}]", (await mock.GetAsync("/getUserById/2")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1\"")]
    public async Task AddEvent_UserIdAsNumberOrText_IsTheSameUser(string userId)
    {
        await using var mock = await MockServer.StartAsync();
        await mock.AddEventAsync($$"""{"id":7,"userId":{{userId}}}""");
        Assert.Contains("\"event-3\",7]", (await mock.GetAsync("/getUserById/1")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddEvent_UnknownUser_Answers404AndStoresNothing()
    {
        await using var mock = await MockServer.StartAsync();
        var (status, body) = await mock.AddEventAsync("""{"id":"lost","userId":"nobody"}""");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.StartsWith("""{"success":false,""", body, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, ""), await mock.GetAsync("/getEventById/lost"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"userId":1}""")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":null,"userId":1}""")]
    [InlineData("""{"id":1.5,"userId":1}""")]
    [InlineData("""{"id":9007199254740993,"userId":1}""")]
    [InlineData("""{"id":"\ud800","userId":1}""")]
    [InlineData("""{"id":1,"userId":true}""")]
    public async Task AddEvent_BadBody_Answers400(string body)
    {
        await using var mock = await MockServer.StartAsync();
        var answer = await mock.AddEventAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("""{"success":false,"error":"Bad Request",""", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddEvent_NotUtf8_Answers400()
    {
        await using var mock = await MockServer.StartAsync();
        using var client = await mock.ConnectAsync();
        const string Body = "{\"id\":\"\u00ff\",\"userId\":1}";
        var request = $"POST /addEvent HTTP/1.1\r\nHost: mock\r\nContent-Length: {Body.Length}\r\n\r\n{Body}";
        await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(400, (await client.ReadResponseAsync(TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task AddEvent_BrokenChunk_Answers400AndCloses()
    {
        await using var mock = await MockServer.StartAsync();
        using var client = await mock.ConnectAsync();
        const string Request = "POST /addEvent HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
        await client.SendAsync(Request, TestContext.Current.CancellationToken);
        Assert.Equal(400, (await client.ReadResponseAsync(TestContext.Current.CancellationToken)).Status);
        Assert.Empty((await client.ReadToEndAsync(TestContext.Current.CancellationToken)).Bytes);
    }

    [Fact]
    public async Task AddEvent_ClientLeavesWithinTheBody_StoresAndCountsNothing()
    {
        var options = MockServer.Faultless;
        options.AddEventSucceed = 1;
        await using var mock = await MockServer.StartAsync(options);
        using var requests = new ActiveRequests(mock.App);
        using var client = await mock.ConnectAsync();
        const string Request = "POST /addEvent HTTP/1.1\r\nHost: mock\r\nContent-Length: 30\r\n\r\n{\"id\":1,";
        await client.SendAsync(Request, TestContext.Current.CancellationToken);
        await requests.StartedAsync();
        client.Abort();
        await requests.EndedAsync();
        Assert.Equal((HttpStatusCode.OK, Added), await mock.AddEventAsync("""{"id":1,"userId":1}"""));
    }

    [Fact]
    public async Task AddEvent_ManyAtOnce_LosesNone()
    {
        const int Writers = 8, Each = 25;
        await using var mock = await MockServer.StartAsync();
        await mock.SetFaultsAsync("""{"addEvent":{"fail":0}}""");
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var i = 0; i < Each; i++)
            {
                await mock.AddEventAsync($$"""{"id":"{{writer}}-{{i}}","userId":3}""");
                await mock.GetAsync("/getUsers");
            }
        }));

        var user = (await mock.GetAsync("/getUserById/3")).Body;
        var ids = JsonNode.Parse(user)!["events"]!.AsArray();
        Assert.Equal(1 + (Writers * Each), ids.Select(id => id!.GetValue<string>()).Distinct().Count());
    }
}
