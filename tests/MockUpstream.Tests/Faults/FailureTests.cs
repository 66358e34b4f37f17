using System.Net;
using System.Text;
using EventGateway.Testing;

namespace EventGateway.MockUpstream.Tests.Faults;

/// <summary>Each way to fail, as it looks on the wire.</summary>
public sealed class FailureTests
{
    private const string Read = "/getEventById/event-1";   // 72 bytes

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reset_ByDefault_EndsTheConnectionWithoutAByte()
    {
        await using var mock = await FailingAsync("reset");
        using var client = await mock.RequestAsync(Read);
        var (bytes, end) = await client.ReadToEndAsync(Token);
        Assert.Empty(bytes);
        Assert.Equal(RawEnd.Reset, end);
    }

    [Fact]
    public async Task Status_WithRetryAfter_AnswersBothAndKeepsTheConnection()
    {
        await using var mock = await FailingAsync("status");
        await mock.SetFaultsAsync("""{"*":{"status":429,"retryAfter":"Wed, 21 Oct 2026 07:28:00 GMT"}}""");
        using var client = await mock.RequestAsync(Read);
        var response = await client.ReadResponseAsync(Token);
        Assert.Equal(429, response.Status);
        Assert.Equal("Wed, 21 Oct 2026 07:28:00 GMT", response.Headers["Retry-After"]);
        Assert.StartsWith("""{"success":false,""", response.Text, StringComparison.Ordinal);
        Assert.Null(response.Headers["Connection"]);
    }

    [Fact]
    public async Task RetryAfter_OnGoodAnswers_IsAbsent()
    {
        await using var mock = await MockServer.StartAsync();
        await mock.SetFaultsAsync("""{"*":{"retryAfter":"9"}}""");
        using var client = await mock.RequestAsync(Read);
        Assert.Null((await client.ReadResponseAsync(Token)).Headers["Retry-After"]);
    }

    [Fact]
    public async Task RetryAfter_OnOverloadedWrites_IsSent()
    {
        await using var mock = await MockServer.StartAsync();
        await mock.SetFaultsAsync("""{"addEvent":{"retryAfter":"9","succeed":0}}""");
        using var client = await mock.ConnectAsync();
        await client.SendAsync("POST /addEvent HTTP/1.1\r\nHost: mock\r\nContent-Length: 2\r\n\r\n{}", Token);
        var response = await client.ReadResponseAsync(Token);
        Assert.Equal((503, "9"), (response.Status, response.Headers["Retry-After"]));
    }

    [Fact]
    public async Task StallBody_SendsHalfAndKeepsTheConnection()
    {
        await using var mock = await FailingAsync("stallBody");
        using var client = await mock.RequestAsync(Read);
        var response = await client.ReadPartialResponseAsync(36, Token);
        Assert.Equal((200, "72"), (response.Status, response.Headers["Content-Length"]));
        Assert.Equal("""{"id":1,"name":"Event 1","userId":1,""", response.Text);

        // It came no further, and was still open, when the server stopped.
        await mock.App.StopAsync(Token);
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
    }

    [Theory]
    [InlineData(Read, "72", 36)]
    [InlineData("/getEventById/unknown", "1", 0)]
    public async Task Truncate_ClosesInOrderAfterHalf(string target, string declared, int sent)
    {
        await using var mock = await FailingAsync("truncate");
        using var client = await mock.RequestAsync(target);
        var response = await client.ReadResponseAsync(Token);
        Assert.Equal((200, declared), (response.Status, response.Headers["Content-Length"]));
        Assert.Equal((sent, RawEnd.Closed), (response.Body.Length, response.End));
    }

    [Fact]
    public async Task Garbage_SendsBytesThatAreNotHttpAndCloses()
    {
        await using var mock = await FailingAsync("garbage");
        using var client = await mock.RequestAsync(Read);
        var (bytes, end) = await client.ReadToEndAsync(Token);
        Assert.False(Encoding.Latin1.GetString(bytes).StartsWith("HTTP/", StringComparison.Ordinal));
        Assert.Equal(RawEnd.Closed, end);
    }

    [Theory]
    [InlineData("stallHeaders")]
    [InlineData("stallBody")]
    [InlineData("truncate")]
    [InlineData("garbage")]
    public async Task Failure_ClientLeaves_FreesTheRequest(string failure)
    {
        await using var mock = await FailingAsync(failure);
        using var requests = new ActiveRequests(mock.App);
        using var client = await mock.RequestAsync(Read);
        await requests.StartedAsync();
        client.Abort();
        await requests.EndedAsync();
    }

    [Theory]
    [InlineData("truncate")]
    [InlineData("garbage")]
    public async Task Failure_ClosedByTheServer_FreesTheRequestThoughTheClientStays(string failure)
    {
        await using var mock = await FailingAsync(failure);
        using var requests = new ActiveRequests(mock.App);
        using var client = await mock.RequestAsync(Read);
        await requests.EndedAsync();
    }

    [Fact]
    public async Task StallHeaders_ServerStops_EndsWithoutAnAnswer()
    {
        await using var mock = await FailingAsync("stallHeaders");
        using var requests = new ActiveRequests(mock.App);
        using var client = await mock.RequestAsync(Read);
        await requests.StartedAsync();
        mock.App.Lifetime.StopApplication();
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
    }

    [Fact]
    public async Task Latency_ClientLeaves_FreesTheRequest()
    {
        var watched = new WatchedClock(new ManualClock());
        await using var mock = await MockServer.StartAsync(new MockUpstreamOptions { Port = 0 }, watched);
        using var requests = new ActiveRequests(mock.App);
        using var client = await mock.RequestAsync(Read);
        await watched.NextTimerAsync(Token);
        client.Abort();
        await requests.EndedAsync();
    }

    [Theory]
    [InlineData("status", false)]
    [InlineData("truncate", true)]
    public async Task AddEvent_Fails_IsProcessedOnlyIfAnAnswerShows(string failure, bool processed)
    {
        await using var mock = await FailingAsync(failure);
        using var client = await mock.ConnectAsync();
        const string Body = """{"id":"e","userId":1}""";
        await client.SendAsync($"POST /addEvent HTTP/1.1\r\nHost: mock\r\nContent-Length: {Body.Length}\r\n\r\n{Body}", Token);
        await client.ReadResponseAsync(Token);
        await mock.ResetFaultsAsync();
        Assert.Equal((HttpStatusCode.OK, processed ? Body : ""), await mock.GetAsync("/getEventById/e"));
    }

    private static async Task<MockServer> FailingAsync(string failure)
    {
        var mock = await MockServer.StartAsync();
        await mock.SetFaultsAsync($$$"""{"*":{"failureShare":1,"failure":"{{{failure}}}"}}""");
        return mock;
    }
}
