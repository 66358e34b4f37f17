using System.Diagnostics;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>The gateway's own spans. While nobody listens there are none, and asking for one costs a comparison.</summary>
internal static class Spans
{
    public static ActivitySource Source { get; } = new(TelemetryRegistration.MeterName);

    /// <summary>The span of this place in the program, if it is recorded: one that isn't carries ids on, and needs no attributes.</summary>
    public static Activity? Recorded => Activity.Current is { Recorded: true } span && span.Source.HasListeners() ? span : null;
}
