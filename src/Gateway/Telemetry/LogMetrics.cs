using System.Diagnostics.Metrics;

namespace EventGateway.Gateway.Telemetry;

/// <summary>What the logs lost.</summary>
internal sealed class LogMetrics
{
    public LogMetrics(IMeterFactory meters, AccessLog log) => meters.Create(TelemetryRegistration.MeterName).CreateObservableCounter(
        "gateway.log.lines_dropped", () => log.Dropped, null, "Access log lines that standard output did not take, or took too slowly.");
}
