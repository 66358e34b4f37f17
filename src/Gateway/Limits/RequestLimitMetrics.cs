using System.Diagnostics.Metrics;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Limits;

/// <summary>How full the gateway is where it has a limit, read at scrape.</summary>
internal sealed class RequestLimitMetrics
{
    private readonly RequestLimit _limit;

    public RequestLimitMetrics(IMeterFactory meters, RequestLimit limit)
    {
        _limit = limit;
        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableGauge("gateway.requests.in_flight", () => Read(l => l.InFlight), null, "Requests that hold a place of the gateway.");
        meter.CreateObservableGauge("gateway.requests.queued", () => Read(l => l.Queued), null, "Requests that wait for a place of the gateway.");
        meter.CreateObservableGauge("gateway.requests.limit", () => Read(l => l.Plan.MaxConcurrentCalls), null, "Places of the gateway.");
        meter.CreateObservableGauge("gateway.requests.queue_limit", () => Read(l => l.Plan.MaxQueuedCalls), null, "Requests that may wait at once.");

        var wait = meter.CreateHistogram(
            "gateway.requests.queue_wait", "s", "Time that requests waited for a place; those that found one free aren't counted.", advice: Durations.Advice);
        limit.Waited += waited => wait.Record(waited.TotalSeconds);
    }

    private IEnumerable<Measurement<long>> Read(Func<CallLimiter, long> read) => _limit.Limiter is { } limiter ? [new(read(limiter))] : [];
}
