using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Management;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Status;

/// <summary>The page and its events as they go over the wire.</summary>
public sealed partial class StatusEndpointsTests
{
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_IsOneSmallDocument_WhoseOnlyScriptAndStyleAreKnownByTheirHashes()
    {
        await using var gateway = await StartAsync();
        using var response = await Admin(gateway).GetAsync("/status", Token);
        var html = await response.Content.ReadAsStringAsync(Token);

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 10_000, 100_000);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);   // nothing of it lies elsewhere
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{HashOf(Assert.Single(Scripts().Matches(html)))}';", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{HashOf(Assert.Single(Styles().Matches(html)))}';", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/status/events")]
    public async Task PublicPort_HasNoStatus(string path)
    {
        await using var gateway = await StartAsync();
        using var response = await gateway.Client.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Events_TheFirst_AreTheHistoryAndTheReportOfTheMoment()
    {
        await using var gateway = await StartAsync();
        using var events = await OpenAsync(gateway);
        var (first, history) = await ReadAsync(events);
        var (second, report) = await ReadAsync(events);

        Assert.Equal(("history", "report"), (first, second));
        Assert.Equal("closed", (string?)history["breakers"]!["addEvent"]![0]!["state"]);
        Assert.Equal(["getUsers", "getEvents", "addEvent"], report["routes"]!.AsArray().Select(r => (string?)r!["name"]));
        Assert.Equal("POST /addEvent", (string?)report["routes"]![2]!["match"]);
        Assert.Equal("eventsByUser", (string?)report["aggregations"]![0]!["name"]);
        Assert.Equal("primary", (string?)report["clusters"]![0]!["destinations"]![0]!["name"]);
        var breaker = report["breakers"]![0]!;
        Assert.Equal(("addEvent", "closed", 3), ((string?)breaker["name"], (string?)breaker["state"], (int)breaker["threshold"]!));
        Assert.Equal(["addEvent"], breaker["guards"]!.AsArray().Select(g => (string?)g));
        Assert.Null(report["configuration"]!["rejected"]);
        Assert.Null(report["cache"]);
        Assert.Equal((0, 0), (report["retryBudgets"]!.AsArray().Count, report["versions"]!.AsArray().Count));
        Assert.All(report["routes"]!.AsArray().Concat(report["aggregations"]!.AsArray()), endpoint => Assert.Null(endpoint!["policies"]));
        Assert.Equal(_clock.GetUtcNow().ToUnixTimeMilliseconds(), (long)report["now"]!);
    }

    [Fact]
    public async Task Events_ATransition_BringsTheHistoryAnewWithinASecond()
    {
        await using var gateway = await StartAsync();
        using var events = await OpenAsync(gateway);
        await ReadAsync(events);
        await ReadAsync(events);

        var breaker = gateway.Services.GetRequiredService<BreakerRegistry>()["addEvent"].Breaker;
        while (breaker.TryAcquire(out var permit, out _))
        {
            breaker.Record(permit, EventGateway.CircuitBreaking.CallResult.Failure(EventGateway.CircuitBreaking.CallCause.Connect, TimeSpan.Zero));
        }

        _clock.Advance(StatusFeed.Interval);
        var (first, history) = await ReadAsync(events);
        var (_, report) = await ReadAsync(events);
        Assert.Equal("history", first);
        Assert.Equal(["closed", "open"], history["breakers"]!["addEvent"]!.AsArray().Select(p => (string?)p!["state"]));
        Assert.Equal("open", (string?)report["breakers"]![0]!["state"]);
        Assert.Equal("connect", (string?)report["breakers"]![0]!["recentFailures"]![0]!["cause"]);

        _clock.Advance(StatusFeed.Interval);
        Assert.Equal("report", (await ReadAsync(events)).Name);
    }

    [Fact]
    public async Task Events_ManyViewers_ShareOneReport()
    {
        await using var gateway = await StartAsync();
        var feed = gateway.Services.GetRequiredService<StatusFeed>();
        await using var one = feed.WatchAsync(Token).GetAsyncEnumerator(Token);
        await using var other = feed.WatchAsync(Token).GetAsyncEnumerator(Token);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await one.MoveNextAsync().AsTask().InTime());
            Assert.True(await other.MoveNextAsync().AsTask().InTime());
            Assert.True(one.Current.Equals(other.Current));   // the same bytes at the same place
        }
    }

    [Fact]
    public async Task Events_ASlowViewer_GetsTheLatestReportInsteadOfAllThatHeMissed()
    {
        await using var gateway = await StartAsync();
        var feed = gateway.Services.GetRequiredService<StatusFeed>();
        await using var slow = feed.WatchAsync(Token).GetAsyncEnumerator(Token);
        await using var quick = feed.WatchAsync(Token).GetAsyncEnumerator(Token);
        await slow.MoveNextAsync();   // the history
        await slow.MoveNextAsync();   // the first report
        await quick.MoveNextAsync();
        await quick.MoveNextAsync();
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(StatusFeed.Interval);
            Assert.True(await quick.MoveNextAsync().AsTask().InTime());
        }

        Assert.True(await slow.MoveNextAsync().AsTask().InTime());
        Assert.True(slow.Current.Equals(quick.Current));
    }

    [Fact]
    public async Task Events_AfterNobodyLooked_BeginWithTheMoment()
    {
        await using var gateway = await StartAsync();
        var feed = gateway.Services.GetRequiredService<StatusFeed>();
        await using (var first = feed.WatchAsync(Token).GetAsyncEnumerator(Token))
        {
            await first.MoveNextAsync();
        }

        _clock.Advance(TimeSpan.FromMinutes(3));
        await using var second = feed.WatchAsync(Token).GetAsyncEnumerator(Token);
        await second.MoveNextAsync();
        await second.MoveNextAsync();
        var data = Encoding.UTF8.GetString(second.Current.Span).Split("data: ")[1];
        Assert.Equal(_clock.GetUtcNow().ToUnixTimeMilliseconds(), (long)JsonNode.Parse(data)!["now"]!);
    }

    [Fact]
    public async Task Stop_WithViewers_TellsThemAndDoesNotWaitForThem()
    {
        var gateway = await StartAsync();
        using var events = await OpenAsync(gateway);
        await ReadAsync(events);
        await ReadAsync(events);
        var stopping = gateway.DisposeAsync().AsTask();
        Assert.Equal("stopping", (await ReadAsync(events)).Name);
        await stopping.InTime();   // the clock stands still: nobody's patience has ended
    }

    private static HttpClient Admin(TestGateway gateway) => new() { BaseAddress = new Uri($"http://127.0.0.1:{gateway.ManagementPort}") };

    private Task<TestGateway> StartAsync() => TestGateway.StartWithAsync(
        TestGateway.Configuration("http://127.0.0.1:1"), _clock, services =>
            services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, ManagementListener.Mark)));

    private static async Task<StreamReader> OpenAsync(TestGateway gateway)
    {
        var response = await Admin(gateway).GetAsync("/status/events", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        return new StreamReader(await response.Content.ReadAsStreamAsync(Token));
    }

    private static async Task<(string Name, JsonNode Data)> ReadAsync(StreamReader events)
    {
        var name = await events.ReadLineAsync(Token).AsTask().InTime();
        var data = await events.ReadLineAsync(Token).AsTask().InTime();
        Assert.Equal("", await events.ReadLineAsync(Token).AsTask().InTime());
        return (name!["event: ".Length..], JsonNode.Parse(data!["data: ".Length..])!);
    }

    private static string HashOf(Match match) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(match.Groups["text"].Value)))}";

    [GeneratedRegex("<script[^>]*>(?<text>.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Scripts();

    [GeneratedRegex("<style[^>]*>(?<text>.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();
}
