using System.Diagnostics.Metrics;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>What the policies said, and how many clients they remember, read at scrape.</summary>
internal sealed class RateLimitMetrics
{
    private readonly RateLimiters _limiters;

    public RateLimitMetrics(IMeterFactory meters, RateLimiters limiters)
    {
        _limiters = limiters;
        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableCounter("gateway.rate_limit.requests", ReadRequests, null, "Requests that a rate limiter policy has judged.");
        meter.CreateObservableGauge("gateway.rate_limit.queued", () => Read(l => l.Queued), null, "Requests that wait for a place of their client.");
        meter.CreateObservableGauge("gateway.rate_limit.partitions", () => Read(l => l.Partitions), null, "Clients that a rate limiter policy remembers.");
        meter.CreateObservableCounter(
            "gateway.rate_limit.partitions_dropped", () => Read(l => l.Forgotten), null, "Clients that a rate limiter policy forgot for others.");
    }

    private IEnumerable<Measurement<long>> ReadRequests() => _limiters.All.SelectMany(l => (Measurement<long>[])
    [
        new(l.Permitted, Tag(l), new("result", "permitted")),
        new(l.Refused, Tag(l), new("result", "refused")),
    ]);

    private IEnumerable<Measurement<long>> Read(Func<RateLimiter, long> read) => _limiters.All.Select(l => new Measurement<long>(read(l), Tag(l)));

    private static KeyValuePair<string, object?> Tag(RateLimiter limiter) => new("policy", limiter.Plan.Name);
}
