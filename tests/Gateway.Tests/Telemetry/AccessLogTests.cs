using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Testing;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Tests.Telemetry;

public class AccessLogTests
{
    private readonly ManualClock _clock = new();
    private readonly Gate _gate = new();

    [Fact]
    public async Task Write_ProxiedRequest_SaysAllAboutIt()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);
        gateway.Client.DefaultRequestHeaders.Add("X-Correlation-Id", "corr-1");
        gateway.Client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        var answer = gateway.Client.GetAsync("/getUsers?secret=1", TestContext.Current.CancellationToken);
        await _gate.Arrived;
        _clock.Advance(TimeSpan.FromMilliseconds(1234.5));
        _gate.Open();
        (await answer).Dispose();

        Assert.Equal(
            """
            {"timestamp":"2026-01-01T00:00:01.2345Z","type":"access","method":"GET","path":"/getUsers","route":"getUsers","version":null,"client":null,"cluster":"event-api","destination":"primary","status":200,"cause":null,"duration_ms":1234.5,"upstream_ms":1234.5,"retries":0,"breaker":null,"breaker_state":null,"cache":null,"compressed":null,"correlation_id":"corr-1","trace_id":"0af7651916cd43dd8448eb211c80319c"}
            """,
            (await gateway.Log.NextAsync()).ToJsonString());
    }

    [Fact]
    public async Task Write_GuardedRequests_NameTheBreakerAndItsStateAfterwards()
    {
        _gate.Open();
        await using var upstream = Held("500 Internal Server Error");
        await using var gateway = await StartAsync(upstream);
        for (var i = 0; i < 4; i++)
        {
            await AddEventAsync(gateway, "{\"name\":\"n\",\"userId\":1}");
        }

        Assert.Equal(
            [
                "500 status_5xx addEvent closed primary", "500 status_5xx addEvent closed primary", "500 status_5xx addEvent open primary",
                "503 circuit_open addEvent open ",
            ],
            await LinesAsync(gateway, 4, "status", "cause", "breaker", "breaker_state", "destination"));
    }

    [Fact]
    public async Task Write_RejectedRequest_HasTheErrorsCodeAndNoUpstream()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);

        await AddEventAsync(gateway, "[]");

        Assert.Equal(
            ["POST addEvent 400 invalid_body    "],
            await LinesAsync(gateway, 1, "method", "route", "status", "cause", "destination", "upstream_ms", "breaker", "breaker_state"));
    }

    [Fact]
    public async Task Write_UnmatchedRequest_HasNoRoute()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);

        (await gateway.Client.GetAsync("/a%2Fb/%C3%A9?x=1", TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(
            ["GET /a%2Fb/%C3%A9 none 404 no_route   "],
            await LinesAsync(gateway, 1, "method", "path", "route", "status", "cause", "cluster", "destination", "upstream_ms"));
    }

    [Fact]
    public async Task Write_WrongMethod_KeepsTheStatus()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);

        (await gateway.Client.DeleteAsync("/getUsers", TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(["DELETE /getUsers 405 method_not_allowed"], await LinesAsync(gateway, 1, "method", "path", "status", "cause"));
    }

    [Fact]
    public async Task Write_UpstreamThatIsNotThere_NamesTheCause()
    {
        var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);
        await upstream.DisposeAsync();

        (await gateway.Client.GetAsync("/getUsers", TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(["502 connect getUsers event-api primary"], await LinesAsync(gateway, 1, "status", "cause", "route", "cluster", "destination"));
    }

    [Fact]
    public async Task Write_ClusterWithoutAvailableDestination_HasTheErrorsCode()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await TestGateway.StartAsync(
            upstream.Address,
            root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["HealthCheck"] = JsonNode.Parse("""
                {"AvailableDestinationsPolicy":"HealthyAndUnknown","Passive":{"Enabled":true}}
                """),
            _clock);
        Assert.True(gateway.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("event-api", out var cluster));
        cluster.Destinations.Values.Single().Health.Passive = DestinationHealth.Unhealthy;
        gateway.Services.GetRequiredService<IClusterDestinationsUpdater>().UpdateAvailableDestinations(cluster);

        (await gateway.Client.GetAsync("/getUsers", TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(["503 no_destination "], await LinesAsync(gateway, 1, "status", "cause", "destination"));
    }

    [Fact]
    public async Task Write_AggregatedRequest_NamesTheAggregationAndWhatFailed()
    {
        _gate.Open();
        await using var upstream = Held("500 Internal Server Error");
        await using var gateway = await StartAsync(upstream);

        (await gateway.Client.GetAsync("/getEventsByUserId/1", TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(["eventsByUser event-api 502 bad_status 0"], await LinesAsync(gateway, 1, "route", "cluster", "status", "cause", "upstream_ms"));
    }

    [Fact]
    public async Task Write_ClientThatLeft_IsToldFromAnUpstreamThatFailed()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Port, TestContext.Current.CancellationToken);
        await client.SendAsync("GET /getUsers HTTP/1.1\r\nHost: a\r\n\r\n", TestContext.Current.CancellationToken);
        await _gate.Arrived;

        client.Abort();

        Assert.Equal(["getUsers client_abort"], await LinesAsync(gateway, 1, "route", "cause"));
    }

    // Whatever a stranger writes stays one line and one string.
    [Fact]
    public async Task Write_PathWithQuotes_StaysOneString()
    {
        await using var upstream = Held("200 OK");
        await using var gateway = await StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Port, TestContext.Current.CancellationToken);

        await client.SendAsync("GET /\",\"status\":200,\"x\":\"\\n HTTP/1.1\r\nHost: a\r\n\r\n", TestContext.Current.CancellationToken);

        Assert.Equal(["/\",\"status\":200,\"x\":\"\\n 404"], await LinesAsync(gateway, 1, "path", "status"));
    }

    private RawUpstream Held(string status) => RawUpstream.Start(async (_, connection) =>
    {
        await _gate.PassAsync(connection.Stopping);
        await connection.RespondAsync("{}", status);
    });

    private Task<TestGateway> StartAsync(RawUpstream upstream) => TestGateway.StartAsync(upstream.Address, time: _clock);

    private static async Task AddEventAsync(TestGateway gateway, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        (await gateway.Client.PostAsync("/addEvent", content, TestContext.Current.CancellationToken)).Dispose();
    }

    private static async Task<IEnumerable<string>> LinesAsync(TestGateway gateway, int count, params string[] members)
    {
        var lines = new List<string>();
        while (lines.Count < count)
        {
            var line = await gateway.Log.NextAsync();
            lines.Add(string.Join(' ', members.Select(member => line.AsObject()[member]?.ToString() ?? "")));
        }

        return lines;
    }
}
