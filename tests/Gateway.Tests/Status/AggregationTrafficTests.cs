using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Status;

/// <summary>What of real aggregations arrives on the page.</summary>
public sealed class AggregationTrafficTests
{
    private const string Path = "/getEventsByUserId/1";

    private bool _fails;

    [Fact]
    public async Task FanOut_OfTwoRequests_IsTheirMedianAndMost()
    {
        await using var gateway = await StartAsync();
        Assert.Null(Traffic(gateway).FanOutOf(Plan(gateway).Aggregations[0]));
        await gateway.GetAsync(Path);
        await gateway.GetAsync(Path);
        Assert.Equal(new FanOutFigures(Median: 2, Most: 2), Traffic(gateway).FanOutOf(Plan(gateway).Aggregations[0]));

        Advance(gateway);
        Assert.NotNull(Traffic(gateway).FanOutOf(Plan(gateway).Aggregations[0]));
        Advance(gateway);
        Assert.Null(Traffic(gateway).FanOutOf(Plan(gateway).Aggregations[0]));
    }

    [Fact]
    public async Task FailedParts_OfARequest_AreOfLateForTwoStretchesAndStayInTheTotal()
    {
        await using var gateway = await StartAsync(mode: "Partial");
        _fails = true;
        Assert.Equal(502, (await gateway.GetAsync(Path)).Status);   // nothing of it was left
        _fails = false;
        Assert.Equal(200, (await gateway.GetAsync(Path)).Status);
        var failed = new FailedPartsReport("event", "bad_status", Recent: 2, Total: 2);
        Assert.Equal([failed], Failed(gateway));

        Advance(gateway);
        Assert.Equal([failed], Failed(gateway));
        Advance(gateway);
        Assert.Equal([failed with { Recent = 0 }], Failed(gateway));
    }

    [Fact]
    public async Task FailedParts_AnAggregationThatWasGoneForAWhile_BeginsAnew()
    {
        await using var gateway = await StartAsync(mode: "Partial");
        _fails = true;
        await gateway.GetAsync(Path);
        Advance(gateway);
        Advance(gateway);

        var without = Reading.Shipped(root => root.AsObject().Remove("Aggregations")).IsTakenUp();
        var metrics = gateway.Services.GetRequiredService<AggregationMetrics>();
        metrics.Declare(without);
        Traffic(gateway).Keep(without);
        metrics.Declare(Plan(gateway));
        await gateway.GetAsync(Path);
        Assert.Equal([new FailedPartsReport("event", "bad_status", Recent: 2, Total: 2)], Failed(gateway));
    }

    [Fact]
    public async Task SharedCalls_OfAStep_AreOfLateForTwoStretchesAndStayInTheTotal()
    {
        var (gate, asked) = (new Gate(), 0);
        await using var gateway = await WiredGateway.StartAsync(
            async (_, connection) =>
            {
                Interlocked.Increment(ref asked);
                await gate.PassAsync(connection.Stopping);
                await connection.RespondAsync("""{"events":[]}""");
            },
            root => root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["ShareCalls"] = true);
        var aggregation = Plan(gateway).Aggregations[0];
        Assert.Equal([new SharedCallsReport("user", new Tally(Recent: 0, Total: 0))], Traffic(gateway).SharedCallsOf(aggregation));
        var answers = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gateway.GetAsync(Path)));
        while (Traffic(gateway).SharedCallsOf(aggregation)[0].Parts.Total < 2)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        gate.Open();
        await answers;
        Assert.Equal(1, asked);
        Advance(gateway);
        Assert.Equal([new SharedCallsReport("user", new Tally(Recent: 2, Total: 2))], Traffic(gateway).SharedCallsOf(aggregation));
        Advance(gateway);
        Assert.Equal([new SharedCallsReport("user", new Tally(Recent: 0, Total: 2))], Traffic(gateway).SharedCallsOf(aggregation));
    }

    private static IReadOnlyList<FailedPartsReport> Failed(WiredGateway gateway) => Traffic(gateway).FailedPartsOf(Plan(gateway).Aggregations[0]);

    private static void Advance(WiredGateway gateway) => Traffic(gateway).Advance(Plan(gateway));

    private static AggregationTraffic Traffic(WiredGateway gateway) => gateway.Services.GetRequiredService<AggregationTraffic>();

    private static GatewayPlan Plan(WiredGateway gateway) => gateway.Services.GetRequiredService<GatewayPlan>();

    private Task<WiredGateway> StartAsync(string mode = "FailFast") => WiredGateway.StartAsync(
        (request, connection) => request.Target.StartsWith("/getUserById", StringComparison.Ordinal)
            ? connection.RespondAsync("""{"id":"1","events":["a","b"]}""")
            : connection.RespondAsync("{}", _fails ? "503 Service Unavailable" : "200 OK"),
        root => root["Aggregations"]!["eventsByUser"]!["Mode"] = mode);
}
