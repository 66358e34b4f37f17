using System.Diagnostics.Metrics;

namespace EventGateway.Gateway.Telemetry;

/// <summary>Bucket boundaries, in seconds, of every duration: those of OpenTelemetry's HTTP conventions, and the gateway's timeouts.</summary>
internal static class Durations
{
    public static InstrumentAdvice<double> Advice { get; } =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30] };
}
