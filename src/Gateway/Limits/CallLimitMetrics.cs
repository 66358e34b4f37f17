using System.Diagnostics.Metrics;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Limits;

/// <summary>How full the clusters are that have a limit, read at scrape.</summary>
internal sealed class CallLimitMetrics
{
    private readonly CallLimiters _limiters;

    public CallLimitMetrics(IMeterFactory meters, CallLimiters limiters)
    {
        _limiters = limiters;
        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableGauge("gateway.cluster.calls_in_flight", () => Read(l => l.InFlight), null, "Calls that hold a place of the cluster.");
        meter.CreateObservableGauge("gateway.cluster.calls_queued", () => Read(l => l.Queued), null, "Calls that wait for a place of the cluster.");
        meter.CreateObservableGauge("gateway.cluster.calls_limit", () => Read(l => l.Plan.MaxConcurrentCalls), null, "Places of the cluster.");
        meter.CreateObservableGauge("gateway.cluster.queue_limit", () => Read(l => l.Plan.MaxQueuedCalls), null, "Calls that may wait at once.");
        meter.CreateObservableCounter("gateway.cluster.calls_refused", () => Read(l => l.Refused), null, "Calls that got no place of the cluster.");

        var wait = meter.CreateHistogram(
            "gateway.cluster.queue_wait", "s", "Time that calls waited for a place; those that found one free aren't counted.", advice: Durations.Advice);
        limiters.Waited += (limiter, waited) => wait.Record(waited.TotalSeconds, Tag(limiter));
    }

    private IEnumerable<Measurement<long>> Read(Func<CallLimiter, long> read) => _limiters.All.Select(l => new Measurement<long>(read(l), Tag(l)));

    private static KeyValuePair<string, object?> Tag(CallLimiter limiter) => new("cluster", limiter.Name);
}
