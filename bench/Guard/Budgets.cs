using EventGateway.Comparison.Peers;
using EventGateway.Comparison.Scenarios;

namespace EventGateway.Guard;

/// <summary>
/// The budgets. Who allocates more on purpose sets the line to what it measures now and says why; who allocates less does so as well, so that it
/// stays so.
/// </summary>
internal static class Budgets
{
    public static IReadOnlyList<Budget> All { get; } =
    [
        OfRequest("small GET", 3_055, "get-64", PeerKinds.Gateway),
        OfRequest("the same with the access log", 3_060, "get-64", PeerKinds.GatewayWithLog),
        OfRequest("the same from the output cache", 570, "cache", PeerKinds.GatewayWithCache),
        OfRequest("POST through its closed breaker", 4_200, "post", PeerKinds.Gateway),
        OfRequest("POST refused by its open breaker", 497, "reject", PeerKinds.GatewayWithLongWait),
        OfRequest("aggregation of 10 events: 11 calls", 14_380, "aggregate-10-0", PeerKinds.Gateway, 1_000),
        OfCall("aggregator alone: 10 events", 13_500, Libraries.AggregateTenEvents),
        OfCall("breaker, closed: acquire and record", 0, Libraries.AcquireAndRecord),
        OfCall("breaker, open: reject", 0, Libraries.Reject),
    ];

    private static Budget OfRequest(string what, double measured, string scenario, PeerKind kind, int requests = 10_000) => new(what, measured, (site, cancellationToken) =>
        Requests.MeasureAsync(ScenarioCatalog.All.Single(candidate => candidate.Name == scenario), kind, site, requests, cancellationToken));

    private static Budget OfCall(string what, double measured, Func<Func<int, Task>> prepare) => new(what, measured, (_, cancellationToken) =>
        Libraries.MeasureAsync(prepare(), cancellationToken));
}
