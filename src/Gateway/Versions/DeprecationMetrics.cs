using System.Diagnostics.Metrics;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Versions;

/// <summary>How much deprecated versions are still used.</summary>
internal sealed class DeprecationMetrics
{
    private readonly SeriesTable _requests = new("version", "route");

    public DeprecationMetrics(IMeterFactory meters) => meters.Create(TelemetryRegistration.MeterName).CreateObservableCounter(
        "gateway.deprecated.requests", _requests.Read, null, "Requests for a deprecated version.");

    public void Declare(GatewayPlan plan) => _requests.Declare(plan.Versions.All
        .Where(version => version.Deprecation is not null)
        .SelectMany(version => version.Members.Select(member => (version.Name, member, ""))));

    /// <summary>Requests so far.</summary>
    public long CountOf(string version, string route) => _requests.CountOf(version, route);

    public void Used(string version, string route) => _requests.Increment(version, route);
}
