using System.Diagnostics.Metrics;
using System.Text;
using EventGateway.Gateway.Telemetry.Prometheus;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;

namespace EventGateway.Gateway.Tests.Telemetry.Prometheus;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = new($"Test.{Guid.NewGuid()}");
    private readonly PrometheusExporter _exporter = new(NullLogger<PrometheusExporter>.Instance);
    private readonly OpenTelemetrySdk _sdk;

    public PrometheusExporterTests() => _sdk = OpenTelemetrySdk.Create(sdk => sdk
        .WithMetrics(metrics => metrics.AddMeter(_meter.Name).AddPrometheusExporter(_exporter)));

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Scrape_CollectionFails_IsTriedOnceMore(int failures, bool answered)
    {
        var collect = _exporter.Collect!;
        _exporter.Collect = timeout => failures-- <= 0 && collect(timeout);

        var scrape = _exporter.ScrapeAsync(ExpositionFormat.PrometheusText);

        Assert.Equal(answered, await Record.ExceptionAsync(() => scrape) is null);
    }

    [Theory]
    [InlineData("a.requests", null, "a_requests_total")]
    [InlineData("a.requests.total", null, "a_requests_total")]
    [InlineData("a.requests", "{request}", "a_requests_total")]
    [InlineData("a.requests", "1", "a_requests_total")]
    [InlineData("a.io", "By", "a_io_bytes_total")]
    [InlineData("a.io_bytes", "By", "a_io_bytes_total")]
    [InlineData("a.wait", "s", "a_wait_seconds_total")]
    [InlineData("a--b..c", null, "a_b_c_total")]
    public async Task Name_OfACounter_EndsInTotal(string name, string? unit, string sample)
    {
        _meter.CreateCounter<long>(name, unit).Add(1);

        Assert.Equal([$"# TYPE {sample} counter", $"{sample} 1"], await ScrapeAsync());
    }

    [Theory]
    [InlineData("a.size", null, "a_size")]
    [InlineData("a.size", "By", "a_size_bytes")]
    [InlineData("a.wait", "ms", "a_wait_milliseconds")]
    [InlineData("a.wait_seconds", "s", "a_wait_seconds")]
    [InlineData("a.load", "1", "a_load_ratio")]
    [InlineData("a.share", "%", "a_share_percent")]
    [InlineData("a.speed", "By/s", "a_speed_bytes_per_second")]
    [InlineData("a.total", null, "a_total")]
    [InlineData("a.heat", "Cel", "a_heat_celsius")]
    [InlineData("a.things", "{thing}", "a_things")]
    public async Task Name_OfAGauge_HasItsUnit(string name, string? unit, string sample)
    {
        _meter.CreateObservableGauge(name, () => 2.5, unit);

        Assert.Equal([$"# TYPE {sample} gauge", $"{sample} 2.5"], await ScrapeAsync());
    }

    [Fact]
    public async Task Name_OfAnUpDownCounter_IsAGauge()
    {
        _meter.CreateUpDownCounter<long>("a.in_flight").Add(-3);

        Assert.Equal(["# TYPE a_in_flight gauge", "a_in_flight -3"], await ScrapeAsync());
    }

    [Theory]
    [InlineData("9lives", "_9lives")]
    [InlineData("", "_")]
    [InlineData("é", "_")]
    [InlineData("http.request.method", "http_request_method")]
    [InlineData("a__b", "a_b")]
    [InlineData("_a", "_a")]
    public void Sanitize_AnyName_IsOneForPrometheus(string name, string expected) => Assert.Equal(expected, PrometheusName.Sanitize(name));

    [Fact]
    public async Task Labels_WithQuotesBackslashesAndLines_AreEscaped()
    {
        _meter.CreateCounter<long>("a", null, "one\\two\n\"three\"").Add(1, new("k.1", "q\"b\\n\né"), new("flag", true), new("none", null), new("n", 1.5));

        Assert.Equal(
            ["# TYPE a_total counter", "# HELP a_total one\\\\two\\n\"three\"", "a_total{flag=\"true\",k_1=\"q\\\"b\\\\n\\né\",n=\"1.5\",none=\"\"} 1"],
            await ScrapeAsync());
    }

    [Fact]
    public async Task Histogram_Buckets_AreCumulative()
    {
        var histogram = _meter.CreateHistogram("a.wait", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 10] });
        foreach (var value in (double[])[0.25, 0.5, 0.75, 20, 30])
        {
            histogram.Record(value, new KeyValuePair<string, object?>("route", "x"));
        }

        Assert.Equal(
            [
                "# TYPE a_wait_seconds histogram",
                "a_wait_seconds_bucket{route=\"x\",le=\"0.5\"} 2",
                "a_wait_seconds_bucket{route=\"x\",le=\"1\"} 3",
                "a_wait_seconds_bucket{route=\"x\",le=\"10\"} 3",
                "a_wait_seconds_bucket{route=\"x\",le=\"+Inf\"} 5",
                "a_wait_seconds_sum{route=\"x\"} 51.5",
                "a_wait_seconds_count{route=\"x\"} 5",
            ],
            await ScrapeAsync());
    }

    [Fact]
    public async Task Numbers_ThatAreNone_AreSpelledAsPrometheusReadsThem()
    {
        _meter.CreateObservableGauge("a", () => new Measurement<double>[]
        {
            new(double.PositiveInfinity, new KeyValuePair<string, object?>("v", "1")),
            new(double.NegativeInfinity, new KeyValuePair<string, object?>("v", "2")),
            new(double.NaN, new KeyValuePair<string, object?>("v", "3")),
            new(1e-7, new KeyValuePair<string, object?>("v", "4")),
        });

        Assert.Equal(["# TYPE a gauge", "a{v=\"1\"} +Inf", "a{v=\"2\"} -Inf", "a{v=\"3\"} NaN", "a{v=\"4\"} 1E-07"], await ScrapeAsync());
    }

    [Fact]
    public async Task OpenMetrics_Page_HasUnitsAndAnEnd()
    {
        _meter.CreateCounter<long>("a.io", "By", "What \"went\" through.").Add(7);

        var page = await PageAsync(ExpositionFormat.OpenMetrics);

        Assert.StartsWith("# TYPE target info\n", page, StringComparison.Ordinal);
        Assert.Contains("\ntarget_info{", page, StringComparison.Ordinal);
        Assert.EndsWith(
            "# TYPE a_io_bytes counter\n# UNIT a_io_bytes bytes\n# HELP a_io_bytes What \\\"went\\\" through.\na_io_bytes_total 7\n# EOF\n",
            page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScrapeAsync_ManyAtOnceInBothFormats_GetsWholePages()
    {
        var counter = _meter.CreateCounter<long>("a");
        counter.Add(1);

        var pages = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            counter.Add(1);
            return await PageAsync(i % 2 == 0 ? ExpositionFormat.OpenMetrics : ExpositionFormat.PrometheusText);
        })));

        Assert.All(pages.Index(), page =>
        {
            Assert.StartsWith("# TYPE target", page.Item, StringComparison.Ordinal);
            Assert.Equal(2, page.Item.Split("a_total ").Length - (page.Index % 2 == 0 ? 0 : 1));
            Assert.Equal(page.Index % 2 == 0, page.Item.EndsWith("# EOF\n", StringComparison.Ordinal));
        });
        Assert.Contains("a_total 201\n", await PageAsync(ExpositionFormat.PrometheusText), StringComparison.Ordinal);
    }

    // A thing that is no longer configured must not look as if it were.
    [Fact]
    public async Task ScrapeAsync_SeriesThatIsNoLongerReported_IsGone()
    {
        List<string> things = ["x", "y"];
        _meter.CreateObservableGauge("a", Read);
        _meter.CreateObservableCounter("b", Read);
        _meter.CreateObservableUpDownCounter("c", Read);
        Assert.Equal(9, (await ScrapeAsync()).Count());

        things.Remove("x");

        Assert.Equal(
            [
                "# TYPE a gauge", "a{thing=\"y\"} 1",
                "# TYPE b_total counter", "b_total{thing=\"y\"} 1",
                "# TYPE c gauge", "c{thing=\"y\"} 1",
            ],
            await ScrapeAsync());
        things.Add("x");
        Assert.Equal(9, (await ScrapeAsync()).Count());

        IEnumerable<Measurement<long>> Read() => things.Select(t => new Measurement<long>(1, new KeyValuePair<string, object?>("thing", t)));
    }

    public void Dispose()
    {
        _sdk.Dispose();
        _exporter.Dispose();
        _meter.Dispose();
    }

    private async Task<string> PageAsync(ExpositionFormat format) => Encoding.UTF8.GetString((await _exporter.ScrapeAsync(format)).Span);

    // Without the lines about the process.
    private async Task<IEnumerable<string>> ScrapeAsync() =>
        (await PageAsync(ExpositionFormat.PrometheusText)).Split('\n').Where(line => line.Length > 0 && !line.Contains("target_info", StringComparison.Ordinal));
}
