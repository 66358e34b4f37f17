using EventGateway.Gateway.Configuration;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EventGateway.Gateway.Telemetry.Otlp;

/// <summary>The export's first and last steps: who gets it, and what is left of it when the last request is over.</summary>
internal sealed partial class OtlpExport(OpenTelemetrySdk sdk, GatewayPlan plan, TimeProvider time, ILogger<OtlpExport> logger)
    : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OtlpWatch _watch = new(plan.OpenTelemetry.Endpoint!, logger);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var signals = (plan.OpenTelemetry.ExportsTraces, plan.OpenTelemetry.ExportsMetrics) switch
        {
            (true, true) => "traces and metrics",
            (true, _) => "traces",
            _ => "metrics",
        };
        Log.Exporting(logger, plan.OpenTelemetry.Endpoint!, signals);
        return Task.CompletedTask;
    }

    /// <summary>When all others have stopped, each signal sends its last batch, both at once: a receiver that hangs costs the patience once.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        var milliseconds = (int)Patience.TotalMilliseconds;
        var started = time.GetTimestamp();
        await Task.WhenAll(
            Task.Run(() => sdk.TracerProvider.Shutdown(milliseconds), CancellationToken.None),
            Task.Run(() => sdk.MeterProvider.Shutdown(milliseconds), CancellationToken.None));
        if (time.GetElapsedTime(started) >= Patience)   // the metrics page's reader makes both say false, whatever became of the export
        {
            Log.LastBatchLost(logger, plan.OpenTelemetry.Endpoint!, Patience);
        }
    }

    public void Dispose() => _watch.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(EventId = 604, EventName = "Exporting", Level = LogLevel.Information,
            Message = "Pushing {Signals} to {Endpoint}.")]
        public static partial void Exporting(ILogger logger, Uri endpoint, string signals);

        [LoggerMessage(EventId = 605, EventName = "LastBatchLost", Level = LogLevel.Warning,
            Message = "{Endpoint} didn't take the last traces and metrics within {Patience}.")]
        public static partial void LastBatchLost(ILogger logger, Uri endpoint, TimeSpan patience);
    }
}
