using System.Diagnostics.Metrics;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Compression;

/// <summary>Answers that the gateway compressed.</summary>
internal sealed class CompressionMetrics
{
    private static readonly string[] Codings = ["br", "gzip"];

    private readonly SeriesTable _answers = new("route", "coding");

    public CompressionMetrics(IMeterFactory meters) => meters.Create(TelemetryRegistration.MeterName).CreateObservableCounter(
        "gateway.compressed.responses", _answers.Read, null, "Answers that the gateway compressed.");

    public void Declare(GatewayPlan plan) => _answers.Declare(plan.RoutePolicies.Concat(plan.AggregationPolicies)
        .Where(endpoint => endpoint.Value.Compress)
        .SelectMany(endpoint => Codings.Select(coding => (endpoint.Key, coding, ""))));

    /// <summary>Answers of a route or an aggregation that were compressed so far.</summary>
    public long CountOf(string route) => Codings.Sum(coding => _answers.CountOf(route, coding));

    public void Compressed(string route, string coding) => _answers.Increment(route, coding);
}
