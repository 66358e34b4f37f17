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
    private readonly Dictionary<ExpositionFormat, (PrometheusPage Page, Task<PrometheusPage> Rendered)> _running = [];   // guarded by _gate
    private readonly SemaphoreSlim _collecting = new(1);
    private readonly PrometheusFamilies _families = new(logger);   // guarded by _collecting
    private ExpositionFormat _format;                              // guarded by _collecting
    private PrometheusPage? _page;                                 // guarded by _collecting
    private Exception? _failure;                                   // guarded by _collecting

    /// <summary>Set by the reader: makes the SDK collect and call <see cref="Export"/>.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>The whole page, for the caller to dispose of. Those who ask while one is being made get that one.</summary>
    public Task<PrometheusPage> ScrapeAsync(ExpositionFormat format)
    {
        lock (_gate)
        {
            if (_running.TryGetValue(format, out var scrape))
            {
                scrape.Page.Share();
            }
            else
            {
                var page = new PrometheusPage();
                _running[format] = scrape = (page, Task.Run(() => RenderAsync(page, format)));
            }

            return scrape.Rendered;
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        try
        {
            var writer = new PrometheusWriter(_page!, _format);
            writer.WriteTarget(ParentProvider.GetResource());
            _families.BeginPage();
            foreach (var metric in batch)
            {
                if (_families.NextOnPage(metric) is { } name)
                {
                    writer.WriteFamily(name, metric);
                }
            }

            writer.WriteEnd();
            return ExportResult.Success;
        }
        catch (Exception e)
        {
            // The SDK would swallow it; whoever asked for the page is told.
            _failure = e;
            return ExportResult.Failure;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _collecting.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<PrometheusPage> RenderAsync(PrometheusPage page, ExpositionFormat format)
    {
        await _collecting.WaitAsync();
        try
        {
            if (!TryRender(page, format))
            {
                // The SDK's collection can fail once in a great while, and says no more than that; a scrape is worth a second try.
                Log.CollectionFailed(logger, _failure);
                if (!TryRender(page, format))
                {
                    throw new InvalidOperationException("The metrics could not be collected.", _failure);
                }
            }

            return page;
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(format);   // from here on nobody shares the page but those who do already
            }

            _collecting.Release();
        }
    }

    private bool TryRender(PrometheusPage page, ExpositionFormat format)
    {
        _format = format;
        _page = page;
        _failure = null;
        page.Clear();
        return Collect!(Timeout.Infinite);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 601, EventName = "CollectionFailed", Level = LogLevel.Warning, Message = "The metrics could not be collected; trying once more.")]
        public static partial void CollectionFailed(ILogger logger, Exception? exception);
    }
}
