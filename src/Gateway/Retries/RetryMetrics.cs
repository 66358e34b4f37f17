using System.Diagnostics.Metrics;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Retries;

/// <summary>How often calls were made again, and how often there was no budget for it.</summary>
internal sealed class RetryMetrics
{
    private readonly SeriesTable _retries = new("route", "reason");

    public RetryMetrics(IMeterFactory meters, RetryBudgets budgets)
    {
        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableCounter("gateway.retries", _retries.Read, null, "Calls to an upstream that were made again.");
        meter.CreateObservableCounter(
            "gateway.retry_budget.exhausted",
            () => budgets.All.Select(budget => new Measurement<long>(budget.Exhausted, new KeyValuePair<string, object?>("policy", budget.Name))),
            null,
            "Calls that were not made again for want of budget.");
    }

    public void Declare(GatewayPlan plan)
    {
        var routes = plan.RoutePolicies.Concat(plan.AggregationPolicies).Where(entry => entry.Value.Retry is not null).Select(entry => entry.Key);
        _retries.Declare(routes.SelectMany(route => Enum.GetValues<RetryReason>().Select(reason => (route, reason.ToLabel(), ""))));
    }

    /// <summary>Calls of a route or an aggregation that were made again so far.</summary>
    public long CountOf(string route) => Enum.GetValues<RetryReason>().Sum(reason => _retries.CountOf(route, reason.ToLabel()));

    public void Retried(string route, RetryReason reason) => _retries.Increment(route, reason.ToLabel());
}
