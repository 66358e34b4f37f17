using System.Net;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Management;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>A gateway with few places: who gets one, who waits, who is turned away, and who needs none.</summary>
public sealed class RequestLimitTests
{
    private const string One = """{ "MaxConcurrentRequests": 1 }""";
    private const string OneAndAQueue = """{ "MaxConcurrentRequests": 1, "MaxQueuedRequests": 1, "QueueTimeout": "00:00:02" }""";

    private readonly Gate _upstream = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    [InlineData("/nowhere")]
    public async Task Request_NoPlaceAndNoQueue_IsA503WithRetryAfter(string path)
    {
        await using var gateway = await StartAsync(One);
        var first = await HoldAsync(gateway);

        var refused = await gateway.SendAsync(Http.Get(path));

        var problem = Problem.Of(refused, 503, "overloaded");
        Assert.Equal(("1", 1), (refused.Headers["Retry-After"], (int?)problem["retryAfter"]));
        Assert.StartsWith("The gateway has", (string?)problem["detail"], StringComparison.Ordinal);
        var line = await gateway.FinishedAsync();
        Assert.Equal((503, "overloaded", "none"), ((int?)line["status"], (string?)line["cause"], (string?)line["route"]));
        Assert.Equal(1, await gateway.MetricAsync("gateway_requests_rejected_total{reason=\"overload\",route=\"none\"}"));
        Assert.Single(gateway.Upstream.Requests);
        await ReleaseAsync(first);
        await gateway.FinishedAsync();
        Assert.Equal(0, await gateway.MetricAsync("gateway_requests_in_flight"));
    }

    [Fact]
    public async Task Health_MetricsAndReadiness_NeedNoPlace()
    {
        await using var gateway = await StartAsync(One);
        var first = await HoldAsync(gateway);
        Assert.All(
            await Task.WhenAll(((string[])["/health", "/ready", "/metrics"]).Select(path => gateway.SendAsync(Http.Get(path)))),
            response => Assert.Equal(200, response.Status));
        Assert.Equal((1, 0, 1, 0), (
            await gateway.MetricAsync("gateway_requests_in_flight"), await gateway.MetricAsync("gateway_requests_queued"),
            await gateway.MetricAsync("gateway_requests_limit"), await gateway.MetricAsync("gateway_requests_queue_limit")));
        await ReleaseAsync(first);
    }

    [Theory]
    [InlineData("POST", "/health", 503)]
    [InlineData("DELETE", "/READY", 503)]
    [InlineData("POST", "/metrics", 503)]
    [InlineData("POST", "/%68ealth", 503)]
    [InlineData("GET", "/health/", 200)]
    [InlineData("HEAD", "/Ready/", 200)]
    public async Task Path_OfHealthAndMetrics_NeedsNoPlaceWhereItIsTheirs(string method, string path, int status)
    {
        await using var gateway = await StartAsync(One, root =>
            root["ReverseProxy"]!["Routes"]!["open"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/{**any}" } }"""));
        var first = await HoldAsync(gateway);
        Assert.Equal(status, (await gateway.SendAsync(Http.Head(method, path, "Content-Length: 0"))).Status);
        await ReleaseAsync(first);
    }

    [Fact]
    public async Task Management_NeedsNoPlace()
    {
        await using var upstream = RawUpstream.Start(async (_, answer) =>
        {
            await _upstream.PassAsync(answer.Stopping);
            await answer.RespondAsync("[]");
        });
        await using var gateway = await TestGateway.StartWithAsync(
            TestGateway.Configuration(upstream.Address, root => root["Limits"] = JsonNode.Parse(One)),
            services: all => all.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, ManagementListener.Mark)));
        var held = gateway.Client.GetAsync("/getUsers", Token);
        await _upstream.Arrived.InTime();
        using var refused = await gateway.Client.GetAsync("/getUsers", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);

        using var client = await RawClient.ConnectAsync(gateway.ManagementPort, Token);
        await client.SendAsync("GET /admin/routes HTTP/1.1\r\nHost: localhost\r\n\r\n", Token);
        Assert.Equal(200, (await client.ReadResponseAsync(Token)).Status);

        _upstream.Open();
        using var served = await held;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task Request_PlaceBecomesFreeInTime_IsServed()
    {
        await using var gateway = await StartAsync(OneAndAQueue);
        var first = await HoldAsync(gateway);
        var waiting = gateway.SendAsync(Http.Get("/getEvents"));
        await QueuedAsync(gateway, 1);
        Problem.Of(await gateway.SendAsync(Http.Get("/getEvents")), 503, "overloaded");

        await ReleaseAsync(first);

        Assert.Equal(200, (await waiting).Status);
        Assert.Equal(1, await gateway.MetricAsync("gateway_requests_queue_wait_seconds_count"));
    }

    [Fact]
    public async Task Request_WaitsTooLong_IsA503()
    {
        await using var gateway = await StartAsync(OneAndAQueue);
        var first = await HoldAsync(gateway);
        var waiting = gateway.SendAsync(Http.Get("/getEvents"));
        await QueuedAsync(gateway, 1);

        gateway.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("2", (await waiting).Headers["Retry-After"]);
        await ReleaseAsync(first);
    }

    [Fact]
    public async Task Client_LeavesTheQueue_FreesItsPlaceInIt()
    {
        await using var gateway = await StartAsync(OneAndAQueue);
        var first = await HoldAsync(gateway);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Get("/getEvents"), Token);
        await QueuedAsync(gateway, 1);

        client.Abort();

        var line = await gateway.FinishedAsync();
        Assert.Equal((499, "client_abort"), ((int?)line["status"], (string?)line["cause"]));
        await QueuedAsync(gateway, 0);
        await ReleaseAsync(first);
    }

    // It waits outside the plan gate: an edit doesn't wait for it, and it is served by what is in force when its turn comes.
    [Fact]
    public async Task Edit_WhileARequestWaits_IsTakenUpAndServesIt()
    {
        await using var gateway = await StartAsync(OneAndAQueue);
        var first = await HoldAsync(gateway);
        var waiting = gateway.SendAsync(Http.Get("/new"));
        await QueuedAsync(gateway, 1);

        await EditAsync(gateway, root =>
        {
            root["Limits"] = JsonNode.Parse(OneAndAQueue);
            root["ReverseProxy"]!["Routes"]!["getEvents"]!["Match"]!["Path"] = "/new";
        }).InTime();
        await ReleaseAsync(first);

        Assert.Equal(200, (await waiting).Status);
    }

    [Fact]
    public async Task Edit_OfTheLimit_HoldsForNewcomers()
    {
        await using var gateway = await StartAsync(One);
        var first = await HoldAsync(gateway);
        await EditAsync(gateway, root => root["Limits"] = JsonNode.Parse("""{ "MaxConcurrentRequests": 2 }"""));
        var second = gateway.SendAsync(Http.Get("/getUsers"));
        await Edits.UntilAsync(async () => await gateway.MetricAsync("gateway_requests_in_flight") == 2);

        await EditAsync(gateway, static _ => { });   // no limit
        Assert.Null(await gateway.MetricAsync("gateway_requests_in_flight"));
        var third = gateway.SendAsync(Http.Get("/getUsers"));
        await Edits.UntilAsync(() => Task.FromResult(gateway.Upstream.Requests.Count == 3));
        _upstream.Open();
        Assert.All(await Task.WhenAll(first, second, third), response => Assert.Equal(200, response.Status));
    }

    [Fact]
    public async Task Requests_OfACrowd_AreNeverMoreAtOnceThanThereArePlaces()
    {
        var (inside, most) = (0, 0);
        await using var gateway = await WiredGateway.StartAsync(
            async (_, answer) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                await answer.RespondAsync("[]");
            },
            root => root["Limits"] = JsonNode.Parse("""{ "MaxConcurrentRequests": 3, "MaxQueuedRequests": 1000 }"""));

        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => gateway.SendAsync(Http.Get("/getUsers"))));

        Assert.All(responses, response => Assert.Equal(200, response.Status));
        Assert.InRange(most, 1, 3);
    }

    private Task<WiredGateway> StartAsync(string limits, Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        async (_, answer) =>
        {
            await _upstream.PassAsync(answer.Stopping);
            await answer.RespondAsync("[]");
        },
        root =>
        {
            root["Limits"] = JsonNode.Parse(limits);
            edit?.Invoke(root);
        });

    // A request that has its place, and keeps it until ReleaseAsync.
    private async Task<Task<RawResponse>> HoldAsync(WiredGateway gateway)
    {
        var held = gateway.SendAsync(Http.Get("/getUsers"));
        await _upstream.Arrived.InTime();
        return held;
    }

    private async Task ReleaseAsync(Task<RawResponse> held)
    {
        _upstream.Open();
        Assert.Equal(200, (await held).Status);
    }

    private static Task QueuedAsync(WiredGateway gateway, int requests) =>
        Edits.UntilAsync(async () => await gateway.MetricAsync("gateway_requests_queued") == requests);

    private static Task EditAsync(WiredGateway gateway, Action<JsonNode> edit) => gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(
        Reading.Shipped(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = gateway.Upstream.Address;
            edit(root);
        }).IsTakenUp());
}
