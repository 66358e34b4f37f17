using System.Diagnostics.Metrics;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Requests;

/// <summary>Requests that the gateway refused by itself.</summary>
internal sealed class RequestMetrics
{
    private readonly SeriesTable _rejected = new("route", "reason");

    public RequestMetrics(IMeterFactory meters) => meters.Create(TelemetryRegistration.MeterName).CreateObservableCounter(
        "gateway.requests.rejected", _rejected.Read, null, "Requests that the gateway refused by itself.");

    public void Declare(GatewayPlan plan)
    {
        var routes = plan.Routes.Select(r => r.RouteId).Concat(plan.Aggregations.Select(a => a.Name)).Append(RequestRecord.NoRoute);
        var reasons = Enum.GetValues<RejectionReason>().Select(r => r.ToLabel()).ToList();
        _rejected.Declare(routes.SelectMany(route => reasons.Select(reason => (route, reason, ""))));
    }

    public void Rejected(string route, RejectionReason reason) => _rejected.Increment(route, reason.ToLabel());
}
