using System.Diagnostics;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>The span of one edit of the configuration file, a trace of its own.</summary>
internal static class ReloadSpan
{
    public static Activity? Start() => Spans.Source.StartActivity("configuration reload");

    public static void Finish(ReloadResult result)
    {
        var span = Spans.Recorded;
        span?.SetTag("gateway.config.result", ConfigurationMetrics.ToLabel(result));
        span?.SetStatus(result == ReloadResult.Rejected ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
    }
}
