using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using EventGateway.Gateway.Telemetry.Prometheus;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace EventGateway.Benchmarks.Telemetry;

/// <summary>
/// One scrape of 2 000 series with three labels each, 50 to an instrument: 900 counters (two thirds of them observable, as most of the
/// gateway's own are), 900 gauges, and 200 histograms with 15 bounds. <see cref="Setup"/> says how long the page is.
/// </summary>
[MemoryDiagnoser]
public class ScrapeBenchmarks
{
    private const int SeriesOfAnInstrument = 50;

    private readonly Meter _meter = new("Benchmark");
    private readonly PrometheusExporter _exporter = new(NullLogger<PrometheusExporter>.Instance);
    private readonly NoExporter _none = new();
    private OpenTelemetrySdk _sdk = null!;
    private OpenTelemetrySdk _sdkAlone = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        _sdk = OpenTelemetrySdk.Create(sdk => sdk.WithMetrics(metrics => metrics.AddMeter(_meter.Name).AddPrometheusExporter(_exporter)));
        _sdkAlone = OpenTelemetrySdk.Create(sdk => sdk
            .WithMetrics(metrics => metrics.AddMeter(_meter.Name).AddReader(new BaseExportingMetricReader(_none))));
        CreateSeries();
        foreach (var format in (ExpositionFormat[])[ExpositionFormat.PrometheusText, ExpositionFormat.OpenMetrics])
        {
            using var page = await _exporter.ScrapeAsync(format);
            using var bytes = new MemoryStream();
            await page.CopyToAsync(bytes, CancellationToken.None);
            Console.WriteLine($"// {format}: {page.Length} bytes, {bytes.ToArray().AsSpan().Count((byte)'\n')} lines");
        }
    }

    [Benchmark]
    public Task<int> PrometheusText() => ScrapeAsync(ExpositionFormat.PrometheusText);

    [Benchmark]
    public Task<int> OpenMetrics() => ScrapeAsync(ExpositionFormat.OpenMetrics);

    /// <summary>The part that no exporter can change: reading the observable instruments and taking the snapshot.</summary>
    [Benchmark]
    public bool CollectionAlone() => _none.Collect!(Timeout.Infinite);

    [GlobalCleanup]
    public void Cleanup()
    {
        _sdk.Dispose();
        _sdkAlone.Dispose();
        _meter.Dispose();
    }

    private async Task<int> ScrapeAsync(ExpositionFormat format)
    {
        using var page = await _exporter.ScrapeAsync(format);
        return page.Length;
    }

    private void CreateSeries()
    {
        var tags = new KeyValuePair<string, object?>[SeriesOfAnInstrument][];
        for (var i = 0; i < tags.Length; i++)
        {
            tags[i] = [new("route", $"route-{i}"), new("cluster", "event-api"), new("http.request.method", i % 2 == 0 ? "GET" : "POST")];
        }

        var calls = Array.ConvertAll(tags, t => new Measurement<long>(123_456, t));
        var levels = Array.ConvertAll(tags, t => new Measurement<double>(0.123, t));
        for (var i = 0; i < 18; i++)
        {
            if (i % 3 == 0)
            {
                var counter = _meter.CreateCounter<long>($"bench.calls.{i}", null, "Calls that were counted as they came.");
                Array.ForEach(tags, t => counter.Add(123_456, t));
            }
            else
            {
                _meter.CreateObservableCounter($"bench.calls.{i}", () => calls, null, "Calls that are read when somebody scrapes.");
            }
        }

        for (var i = 0; i < 18; i++)
        {
            _meter.CreateObservableGauge($"bench.level.{i}", () => levels, "s", "A level.");
        }

        for (var i = 0; i < 4; i++)
        {
            var histogram = _meter.CreateHistogram($"bench.duration.{i}", "s", "Time it took.", null, new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30],
            });
            for (var n = 0; n < 1_000; n++)
            {
                histogram.Record(n * 0.0123, tags[n % tags.Length]);
            }
        }
    }

    [ExportModes(ExportModes.Pull)]
    private sealed class NoExporter : BaseExporter<Metric>, IPullMetricExporter
    {
        public Func<int, bool>? Collect { get; set; }

        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
