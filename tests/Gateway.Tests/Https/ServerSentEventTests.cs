using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>Events that an upstream sends while the client reads on.</summary>
public sealed class ServerSentEventTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string Last = "0\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Event_SentByTheUpstream_IsThereBeforeTheNextIsSent(string version)
    {
        using var read = new SemaphoreSlim(0);
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Head);
            for (var i = 0; i < 3; i++)
            {
                await connection.SendAsync(Event(i));
                await read.WaitAsync(connection.Stopping);   // the next one isn't sent before the client has this one
            }

            await connection.SendAsync(Last);
        });
        await using var gateway = await SecureGateway.StartAsync(upstream.Address);
        using var client = gateway.Client(Version.Parse(version));
        using var answer = await client.GetAsync("/getEvents", HttpCompletionOption.ResponseHeadersRead, Token).InTime();
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);

        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"data: {i}", await events.ReadLineAsync(Token).AsTask().InTime());
            Assert.Equal("", await events.ReadLineAsync(Token).AsTask().InTime());
            read.Release();
        }

        Assert.Null(await events.ReadLineAsync(Token).AsTask().InTime());
        var line = await gateway.Gateway.Log.NextAsync().AsTask().InTime();
        Assert.Equal((200, null), ((int)line["status"]!, (string?)line["cause"]));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Head_OfAStreamWithoutAnEventYet_IsThere(string version)
    {
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Head);
            await connection.WaitForClientToLeaveAsync();
        });
        await using var gateway = await SecureGateway.StartAsync(upstream.Address);
        using var client = gateway.Client(Version.Parse(version));
        using var answer = await client.GetAsync("/getEvents", HttpCompletionOption.ResponseHeadersRead, Token).WaitAsync(TimeSpan.FromSeconds(5), Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task ActivityTimeout_BetweenEvents_CountsFromTheLastOne()
    {
        const int Events = 6;
        var pause = TimeSpan.FromMilliseconds(250);   // together longer than the timeout
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Head);
            for (var i = 0; i < Events; i++)
            {
                await connection.SendAsync(Event(i));
                await Task.Delay(pause, connection.Stopping);
            }

            await connection.WaitForClientToLeaveAsync();   // and then nothing
        });
        await using var gateway = await SecureGateway.StartAsync(upstream.Address, root => ActivityTimeout(root, "00:00:01"));
        using var client = await RawClient.ConnectAsync(gateway.Gateway.Port, Token);
        await client.SendAsync(Http.Get("/getEvents"), Token);
        var (bytes, _) = await client.ReadToEndAsync(Token);
        var text = Encoding.Latin1.GetString(bytes);

        Assert.Contains($"data: {Events - 1}", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith(Last, StringComparison.Ordinal));   // the client sees that it isn't the end
        var line = await gateway.Gateway.Log.NextAsync().AsTask().InTime();
        Assert.Equal((200, "timeout"), ((int)line["status"]!, (string?)line["cause"]));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Client_ThatLeaves_EndsTheUpstreamsCall(string version)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Head + Event(0));
            await connection.WaitForClientToLeaveAsync();
            left.TrySetResult();
        });
        await using var gateway = await SecureGateway.StartAsync(upstream.Address);
        using var client = gateway.Client(Version.Parse(version));
        using (var answer = await client.GetAsync("/getEvents", HttpCompletionOption.ResponseHeadersRead, Token).InTime())
        {
            await using var body = await answer.Content.ReadAsStreamAsync(Token);
            Assert.NotEqual(0, await body.ReadAsync(new byte[100], Token).AsTask().InTime());
        }

        await left.Task.InTime();
        var line = await gateway.Gateway.Log.NextAsync().AsTask().InTime();
        Assert.Equal("client_abort", (string?)line["cause"]);
    }

    [Fact]
    public async Task Draining_WithAStreamOpen_WaitsForItAndThenCutsItOff()
    {
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Head + Event(0));
            await connection.WaitForClientToLeaveAsync();
        });
        await using var gateway = await SecureGateway.StartAsync(
            upstream.Address, services: all => all.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1)));
        using var client = gateway.Client(HttpVersion.Version20);
        using var answer = await client.GetAsync("/getEvents", HttpCompletionOption.ResponseHeadersRead, Token).InTime();
        await using var body = await answer.Content.ReadAsStreamAsync(Token);

        await gateway.Gateway.StopAsync().InTime();
        Assert.Single(gateway.Log.Of(502));   // out of patience
        await Assert.ThrowsAnyAsync<Exception>(async () => await body.CopyToAsync(Stream.Null, Token)).InTime();
    }

    private static string Event(int number)
    {
        var text = $"data: {number}\n\n";
        return $"{text.Length:x}\r\n{text}\r\n";
    }

    private static void ActivityTimeout(JsonNode root, string time) =>
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = time;
}
