using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Health;

/// <summary>Whether this gateway should get traffic, and what ails it if it does all the same.</summary>
internal sealed class Readiness(
    LiveConfiguration configuration, BreakerRegistry breakers, IssuerKeyRegistry issuers, UpstreamReachability reachability, LiveCertificate certificate,
    TimeProvider time)
{
    private volatile string _phase = "starting";

    public void Started() => _phase = "started";

    public void Draining() => _phase = "draining";

    public async Task<ReadinessReport> ReportAsync()
    {
        if (_phase is not "started")
        {
            return new ReadinessReport(Ready: false, _phase, []);
        }

        var plan = configuration.Current;
        var reasons = new List<ReadinessReason>();
        foreach (var (cluster, since) in await reachability.FindUnreachableAsync(plan))
        {
            reasons.Add(new ReadinessReason($"cluster:{cluster}", "unreachable", since));
        }

        var ready = reasons.Count == 0 || !plan.Options.ReadyRequiresUpstream;
        foreach (var breaker in breakers.All)
        {
            var status = breaker.GetStatus();
            // Who is refused nothing lacks nothing: disabled and metrics-only breakers are their operator's will, and /metrics tells of them.
            if (status.State is CircuitState.Open or CircuitState.HalfOpen or CircuitState.ForcedOpen)
            {
                reasons.Add(new ReadinessReason($"breaker:{breaker.Name}", status.State.ToLabel(), status.Since));
            }
        }

        foreach (var (issuer, keys) in issuers.All)
        {
            if (keys.FailingSince is { } since)
            {
                reasons.Add(new ReadinessReason($"issuer:{issuer}", keys.Any ? "keys_stale" : "keys_missing", since));
            }
        }

        if (configuration.Rejected is { } rejected)
        {
            reasons.Add(new ReadinessReason("configuration", "rejected", rejected.Since));
        }

        if (certificate.Rejected is { } refused)
        {
            reasons.Add(new ReadinessReason("certificate", "rejected", refused.Since));
        }

        if (certificate.Current is { NotAfter: var end } && end < time.GetUtcNow())
        {
            reasons.Add(new ReadinessReason("certificate", "expired", end));
        }

        return new ReadinessReport(ready, !ready ? "unready" : reasons.Count > 0 ? "degraded" : "ready", reasons);
    }
}

internal sealed record ReadinessReport(bool Ready, string Status, IReadOnlyList<ReadinessReason> Reasons);

internal sealed record ReadinessReason(string Component, string Reason, DateTimeOffset Since);
