using System.Buffers;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace EventGateway.Gateway.Telemetry.Prometheus;

/// <summary>
/// Prometheus' pull exporter for the OpenTelemetry SDK, on the SDK's own extension point. This folder stands in for the package
/// OpenTelemetry.Exporter.Prometheus.AspNetCore and has its method names, so that the package can take its place.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed partial class PrometheusExporter(ILogger<PrometheusExporter> logger) : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ExpositionFormat, Task<ReadOnlyMemory<byte>>> _running = [];   // guarded by _gate
    private readonly SemaphoreSlim _collecting = new(1);
    private ExpositionFormat _format;                    // guarded by _collecting
    private ArrayBufferWriter<byte> _page = new();       // guarded by _collecting
    private Exception? _failure;                         // guarded by _collecting

    /// <summary>Set by the reader: makes the SDK collect and call <see cref="Export"/>.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>The whole page. Those who ask while one is being made get that one.</summary>
    public Task<ReadOnlyMemory<byte>> ScrapeAsync(ExpositionFormat format)
    {
        lock (_gate)
        {
            if (!_running.TryGetValue(format, out var page) || page.IsCompleted)
            {
                page = Task.Run(() => RenderAsync(format));
                _running[format] = page;
            }

            return page;
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        try
        {
            Write(batch);
            return ExportResult.Success;
        }
        catch (Exception e)
        {
            // The SDK would swallow it; whoever asked for the page is told.
            _failure = e;
            return ExportResult.Failure;
        }
    }

    private void Write(in Batch<Metric> batch)
    {
        var metrics = new List<Metric>();
        foreach (var metric in batch)
        {
            metrics.Add(metric);
        }

        var writer = new PrometheusWriter(_page, _format);
        writer.WriteTarget(ParentProvider.GetResource());
        foreach (var family in metrics.GroupBy(PrometheusName.Of))
        {
            writer.WriteFamily(family.Key, [.. family]);
        }

        writer.WriteEnd();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _collecting.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<ReadOnlyMemory<byte>> RenderAsync(ExpositionFormat format)
    {
        await _collecting.WaitAsync();
        try
        {
            if (!TryRender(format))
            {
                // The SDK's collection can fail once in a great while, and says no more than that; a scrape is worth a second try.
                Log.CollectionFailed(logger, _failure);
                if (!TryRender(format))
                {
                    throw new InvalidOperationException("The metrics could not be collected.", _failure);
                }
            }

            return _page.WrittenMemory;
        }
        finally
        {
            _collecting.Release();
        }
    }

    private bool TryRender(ExpositionFormat format)
    {
        _format = format;
        _failure = null;
        _page = new ArrayBufferWriter<byte>(Math.Max(1024, _page.WrittenCount));   // the last page is still being sent
        return Collect!(Timeout.Infinite);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 601, EventName = "CollectionFailed", Level = LogLevel.Warning, Message = "The metrics could not be collected; trying once more.")]
        public static partial void CollectionFailed(ILogger logger, Exception? exception);
    }
}
