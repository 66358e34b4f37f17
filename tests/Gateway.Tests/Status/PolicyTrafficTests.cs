using System.Text.Json.Nodes;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Status;

/// <summary>What of real requests arrives on the page, where policies had a part in them.</summary>
public sealed class PolicyTrafficTests
{
    private string _status = "200 OK";   // with which the upstream answers

    [Fact]
    public async Task Of_WhatNamesNoPolicy_IsNothing()
    {
        await using var gateway = await WiredGateway.StartAsync((_, connection) => connection.RespondAsync("[]"));
        var traffic = Traffic(gateway);
        Assert.Null(traffic.Of("getUsers", EndpointPolicies.None));
        Assert.Empty(traffic.Budgets(Plan(gateway)));
        Assert.Null(traffic.Store(Plan(gateway)));
        Assert.Empty(traffic.Versions(Plan(gateway)));
    }

    [Fact]
    public async Task Cache_Requests_AreCountedForTwoStretchesByWhatItDid()
    {
        await using var gateway = await StartAsync();
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers", "Range: bytes=0-1");
        gateway.Clock.Advance(TimeSpan.FromSeconds(2));
        _status = "500 Internal Server Error";
        Assert.Equal(200, (await gateway.GetAsync("/getUsers")).Status);

        Assert.Equal(new CacheReport("short", Hits: 1, Misses: 1, Stale: 1, Bypassed: 1), Of(gateway, "getUsers")!.Cache);
        var store = Traffic(gateway).Store(Plan(gateway))!;
        Assert.Equal((1, 64L * 1024 * 1024), (store.Entries, store.Limit));
        Assert.InRange(store.Bytes, 513, 2000);

        Advance(gateway);
        Assert.Equal(1, Of(gateway, "getUsers")!.Cache!.Stale);
        Advance(gateway);
        Assert.Equal(new CacheReport("short", 0, 0, 0, 0), Of(gateway, "getUsers")!.Cache);
    }

    [Fact]
    public async Task Retries_UntilTheBudgetIsUsedUp_ShowWhatIsLeftAndWhatWasRefused()
    {
        await using var gateway = await StartAsync();
        Assert.Equal(
            new RetryBudgetReport("reads", Share: 0, Window: 1, MinRetries: 1, Calls: 0, Retries: 0, Left: 1, new(0, 0)),
            Assert.Single(Traffic(gateway).Budgets(Plan(gateway))));
        _status = "503 Service Unavailable";
        await gateway.GetAsync("/getEvents");
        await gateway.GetAsync("/getEvents");

        Assert.Equal(new RetryReport("reads", new(1, 1)), Of(gateway, "getEvents")!.Retries);
        Assert.Equal(
            new RetryBudgetReport("reads", Share: 0, Window: 1, MinRetries: 1, Calls: 2, Retries: 1, Left: 0, new(1, 1)),
            Assert.Single(Traffic(gateway).Budgets(Plan(gateway))));

        Advance(gateway);
        Advance(gateway);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new RetryReport("reads", new(0, 1)), Of(gateway, "getEvents")!.Retries);
        Assert.Equal(
            new RetryBudgetReport("reads", Share: 0, Window: 1, MinRetries: 1, Calls: 0, Retries: 0, Left: 1, new(0, 1)),
            Assert.Single(Traffic(gateway).Budgets(Plan(gateway))));
    }

    [Fact]
    public async Task Aggregation_WithPolicies_HasThemToo()
    {
        await using var gateway = await StartAsync();
        await gateway.GetAsync("/getEventsByUserId/1", "Accept-Encoding: br");
        await gateway.GetAsync("/getEventsByUserId/1", "Accept-Encoding: gzip");

        var policies = Traffic(gateway).Of("eventsByUser", Plan(gateway).AggregationPolicies["eventsByUser"])!;
        Assert.Equal((1, 1, new Tally(2, 2)), (policies.Cache!.Hits, policies.Cache.Misses, policies.Compressed));
    }

    [Fact]
    public async Task Versions_Deprecated_TellWhoStillUsesThem()
    {
        await using var gateway = await StartAsync();
        await gateway.GetAsync("/v0/getUsers");
        await gateway.GetAsync("/v0/getEvents");
        await gateway.GetAsync("/v0/getEvents");

        var versions = Traffic(gateway).Versions(Plan(gateway));
        Assert.Equal([("v0", "/v0", true), ("v1", "/v1", false)], versions.Select(v => (v.Name, v.Prefix, v.Deprecated is not null)));
        var deprecated = versions[0].Deprecated!;
        Assert.Equal((1793491200000, null, "v1"), (deprecated.Since, deprecated.Sunset, deprecated.Successor));
        Assert.Equal([new("getEvents", new(2, 2)), new UseReport("getUsers", new(1, 1))], deprecated.Used);
    }

    [Fact]
    public async Task Counts_OfWhatWasGoneForAWhile_BeginAnew()
    {
        await using var gateway = await StartAsync();
        _status = "503 Service Unavailable";
        await gateway.GetAsync("/getEvents");
        Advance(gateway);
        Advance(gateway);

        var without = Reading.Shipped().IsTakenUp();
        var metrics = gateway.Services.GetRequiredService<RetryMetrics>();
        metrics.Declare(without);
        Traffic(gateway).Keep(without);
        metrics.Declare(Plan(gateway));
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));   // there is budget again
        await gateway.GetAsync("/getEvents");
        Assert.Equal(new(1, 1), Of(gateway, "getEvents")!.Retries!.Calls);
    }

    private static PolicyReport? Of(WiredGateway gateway, string route) => Traffic(gateway).Of(route, Plan(gateway).RoutePolicies[route]);

    private static void Advance(WiredGateway gateway) => Traffic(gateway).Advance(Plan(gateway));

    private static PolicyTraffic Traffic(WiredGateway gateway) => gateway.Services.GetRequiredService<PolicyTraffic>();

    private static GatewayPlan Plan(WiredGateway gateway) => gateway.Services.GetRequiredService<GatewayPlan>();

    private Task<WiredGateway> StartAsync() => WiredGateway.StartAsync(
        (request, connection) => request.Target.StartsWith("/getUserById", StringComparison.Ordinal)
            ? connection.RespondAsync("""{"id":"1","events":["a"]}""")
            : connection.RespondAsync($$"""{"name":"{{new string('x', request.Target.StartsWith("/getEventById", StringComparison.Ordinal) ? 2000 : 10)}}"}""", _status),
        root =>
        {
            root["OutputCachePolicies"] = JsonNode.Parse("""{ "short": { "Duration": "00:00:01", "StaleIfError": "00:10:00" } }""");
            root["RetryPolicies"] = JsonNode.Parse("""{ "reads": { "Budget": 0, "MinRetries": 1, "BudgetWindow": "00:00:01", "BaseDelay": "00:00:00" } }""");
            root["Versions"] = JsonNode.Parse("""{ "v1": { "Prefix": "/v1" }, "v0": { "Prefix": "/v0", "Deprecated": { "Since": "2026-11-01", "Successor": "v1" } } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "short" };
            root["ReverseProxy"]!["Routes"]!["getEvents"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "reads" };
            root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "short";
            root["Aggregations"]!["eventsByUser"]!["Compress"] = true;
        });
}
