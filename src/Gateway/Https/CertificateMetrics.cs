using System.Diagnostics.Metrics;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Https;

/// <summary>How long the certificate is good for, and whether the one on disk is it. Nothing while HTTPS is off.</summary>
internal sealed class CertificateMetrics
{
    public CertificateMetrics(IMeterFactory meters, LiveCertificate certificate)
    {
        var meter = meters.Create(TelemetryRegistration.MeterName);
        meter.CreateObservableGauge(
            "gateway.tls.certificate.not_after_timestamp",
            () => certificate.Current is { } current ? [new Measurement<long>(current.NotAfter.ToUnixTimeSeconds())] : Array.Empty<Measurement<long>>(),
            "s",
            "When the certificate that new connections get expires.");
        meter.CreateObservableGauge(
            "gateway.tls.certificate.last_reload_successful",
            () => certificate.Current is not null ? [new Measurement<int>(certificate.Rejected is null ? 1 : 0)] : Array.Empty<Measurement<int>>(),
            null,
            "0 while the certificate on disk is refused.");
    }
}
