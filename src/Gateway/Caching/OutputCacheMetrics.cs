using System.Diagnostics.Metrics;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Caching;

/// <summary>What the cache did for requests, and how much it keeps.</summary>
internal sealed class OutputCacheMetrics
{
    private readonly SeriesTable _requests = new("route", "result");
    private readonly SeriesTable _waits = new("route");

    public OutputCacheMetrics(IMeterFactory meters, AnswerStore store)
    {
        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableCounter("gateway.cache.requests", _requests.Read, null, "Requests to routes and aggregations with an output cache policy.");
        meter.CreateObservableCounter("gateway.cache.waits", _waits.Read, null, "Waits of a request for the answer to another one's call.");
        meter.CreateObservableGauge("gateway.cache.entries", () => (long)store.Entries, null, "Entries of the output cache.");
        meter.CreateObservableGauge("gateway.cache.size", () => store.Bytes, "By", "Bytes that the entries of the output cache take.");
        meter.CreateObservableGauge("gateway.cache.size_limit", () => store.Limit, "By", "Bytes that they may take.");
    }

    public void Declare(GatewayPlan plan)
    {
        var routes = plan.RoutePolicies.Concat(plan.AggregationPolicies).Where(endpoint => endpoint.Value.OutputCache is not null).Select(endpoint => endpoint.Key).ToList();
        _requests.Declare(routes.SelectMany(route => Enum.GetValues<CacheResult>().Select(result => (route, result.ToLabel(), ""))));
        _waits.Declare(routes.Select(route => (route, "", "")));
    }

    /// <summary>Requests so far, by <see cref="CacheResultExtensions.ToLabel"/>.</summary>
    public long CountOf(string route, string result) => _requests.CountOf(route, result);

    public void Waits(RequestRecord record) => _waits.Increment(record.Route);

    public void Served(RequestRecord record, CacheResult result)
    {
        record.Cache = result;
        _requests.Increment(record.Route, result.ToLabel());
    }
}
