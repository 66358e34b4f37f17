using System.Diagnostics.Metrics;
using System.Text;
using EventGateway.Gateway.Telemetry.Prometheus;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;
using OpenTelemetry;

namespace EventGateway.Gateway.Tests.Telemetry.Prometheus;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = new($"Test.{Guid.NewGuid()}");
    private readonly LogEntries _log = new();
    private readonly PrometheusExporter _exporter;
    private readonly OpenTelemetrySdk _sdk;

    public PrometheusExporterTests()
    {
        _exporter = new PrometheusExporter(new LoggerFactory([_log]).CreateLogger<PrometheusExporter>());
        _sdk = OpenTelemetrySdk.Create(sdk => sdk.WithMetrics(metrics => metrics.AddMeter(_meter.Name).AddPrometheusExporter(_exporter)));
    }

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

    [Theory]
    [InlineData("quote\"", "quote\\\"")]
    [InlineData("back\\slash", "back\\\\slash")]
    [InlineData("new\nline", "new\\nline")]
    [InlineData("\\n", "\\\\n")]
    [InlineData("\"\\\n", "\\\"\\\\\\n")]
    [InlineData("größe 事件 🎫", "größe 事件 🎫")]
    [InlineData("", "")]
    public async Task LabelValue_WhateverItSays_IsEscapedInBothFormats(string value, string expected)
    {
        _meter.CreateCounter<long>("a").Add(1, new KeyValuePair<string, object?>("k", value));

        Assert.Contains($"\na_total{{k=\"{expected}\"}} 1\n", await PageAsync(ExpositionFormat.PrometheusText), StringComparison.Ordinal);
        Assert.Contains($"\na_total{{k=\"{expected}\"}} 1\n", await PageAsync(ExpositionFormat.OpenMetrics), StringComparison.Ordinal);
    }

    // The scraper refuses a whole page for one label that is there twice.
    [Fact]
    public async Task Labels_WhoseKeysBecomeTheSame_AreJoined()
    {
        _meter.CreateCounter<long>("a").Add(1, new("a_b", "2"), new("a.c", "\"3"), new("a.b", "1"), new("a-b", "0"));

        Assert.Equal(["# TYPE a_total counter", "a_total{a_b=\"0;1;2\",a_c=\"\\\"3\"} 1"], await ScrapeAsync());
    }

    [Fact]
    public async Task Labels_OfAHistogramThatSayLe_DoNotMeetItsBuckets()
    {
        _meter.CreateHistogram("a", null, null, null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [1] })
            .Record(1, new KeyValuePair<string, object?>("le", "x"));
        _meter.CreateCounter<long>("b").Add(1, new KeyValuePair<string, object?>("le", "x"));

        Assert.Equal(
            [
                "# TYPE a histogram",
                "a_bucket{exported_le=\"x\",le=\"1\"} 1", "a_bucket{exported_le=\"x\",le=\"+Inf\"} 1", "a_sum{exported_le=\"x\"} 1", "a_count{exported_le=\"x\"} 1",
                "# TYPE b_total counter", "b_total{le=\"x\"} 1",
            ],
            await ScrapeAsync());
    }

    [Fact]
    public async Task Histogram_WithoutAdvice_HasTheBucketsOfOpenTelemetry()
    {
        _meter.CreateHistogram<double>("a").Record(7);

        string[] bounds = ["0", "5", "10", "25", "50", "75", "100", "250", "500", "750", "1000", "2500", "5000", "7500", "10000", "+Inf"];
        Assert.Equal(
            ["# TYPE a histogram", .. bounds.Select((bound, i) => $"a_bucket{{le=\"{bound}\"}} {(i < 2 ? 0 : 1)}"), "a_sum 7", "a_count 1"],
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

    [Fact]
    public async Task ScrapeAsync_WhileAnotherIsCollecting_GetsItsPage()
    {
        var gate = new Gate();
        var collections = 0;
        _meter.CreateObservableGauge("a", () =>
        {
            gate.PassAsync(CancellationToken.None).GetAwaiter().GetResult();
            return ++collections;
        });
        var first = _exporter.ScrapeAsync(ExpositionFormat.PrometheusText);
        await gate.Arrived;

        Task<PrometheusPage>[] scrapes = [first, .. Enumerable.Range(0, 20).Select(_ => _exporter.ScrapeAsync(ExpositionFormat.PrometheusText))];
        gate.Open();
        var pages = await Task.WhenAll(scrapes);

        Assert.Equal(1, collections);
        foreach (var page in pages)
        {
            Assert.Contains("\na 1\n", await TextAsync(page), StringComparison.Ordinal);
            page.Dispose();   // those who come after it still have theirs
        }

        Assert.Equal(["# TYPE a gauge", "a 2"], await ScrapeAsync());
    }

    // A slow scraper is still being sent its page while others come and go.
    [Fact]
    public async Task Page_UntilItIsDisposed_IsNotWrittenOver()
    {
        var value = 1;
        _meter.CreateObservableGauge("a", () => Enumerable.Range(0, 2_000)
            .Select(i => new Measurement<int>(value, new KeyValuePair<string, object?>("series", $"a rather long name, so that the page has several pieces: {i}"))));
        using var held = await _exporter.ScrapeAsync(ExpositionFormat.PrometheusText);
        var before = await TextAsync(held);
        Assert.True(held.Length > 128 * 1024);

        for (value = 2; value < 10; value++)
        {
            Assert.NotEqual(before, await PageAsync(ExpositionFormat.PrometheusText));
        }

        Assert.Equal(before, await TextAsync(held));
    }

    [Fact]
    public async Task ScrapeAsync_SeriesBeyondTheLimit_AreOneThatSaysSo()
    {
        var counter = _meter.CreateCounter<long>("a");
        for (var i = 0; i < 2_010; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("user", i));
        }

        var lines = (await ScrapeAsync()).ToArray();

        Assert.Equal(2_002, lines.Length);   // with the type, and the one
        Assert.Single(lines, "a_total{otel_metric_overflow=\"true\"} 10");
    }

    // Each of these pages would be refused: a name that is two things, or a series that is there twice.
    [Theory]
    [InlineData("a.wait", "s", "a.wait_seconds", null)]
    [InlineData("a.wait", "s", "a_wait", "s")]
    [InlineData("a.io", "By", "a.io_bytes", null)]
    public async Task Name_OfTwoInstruments_IsTheFirstOnes(string first, string unit, string second, string? otherUnit)
    {
        _meter.CreateObservableGauge(first, () => 1, unit);
        _meter.CreateObservableGauge(second, () => 2, otherUnit);

        var lines = (await ScrapeAsync()).ToArray();

        Assert.Equal(2, lines.Length);
        Assert.EndsWith(" 1", lines[1], StringComparison.Ordinal);
        Assert.Equal(lines, await ScrapeAsync());
        Assert.Single(_log.Of(606));
    }

    [Theory]
    [InlineData("counter", "a", "gauge", "a_total")]
    [InlineData("counter", "a", "gauge", "a")]
    [InlineData("gauge", "a", "histogram", "a")]
    [InlineData("histogram", "a", "gauge", "a.count")]
    [InlineData("histogram", "a", "gauge", "a.bucket")]
    [InlineData("gauge", "a.sum", "histogram", "a")]
    [InlineData("gauge", "a.b", "updowncounter", "a_b")]
    public async Task Name_OfTwoKinds_IsTheFirstOnesAndTheLogNamesTheOther(string kind, string name, string otherKind, string otherName)
    {
        Create(kind, name);
        var alone = (await ScrapeAsync()).ToArray();
        var openMetrics = await PageAsync(ExpositionFormat.OpenMetrics);
        Create(otherKind, otherName);

        Assert.Equal(alone, await ScrapeAsync());
        Assert.Equal(openMetrics, await PageAsync(ExpositionFormat.OpenMetrics));
        Assert.StartsWith($"{otherName} of {_meter.Name} is left out", Assert.Single(_log.Of(606)), StringComparison.Ordinal);

        void Create(string what, string called)
        {
            switch (what)
            {
                case "counter":
                    _meter.CreateCounter<long>(called).Add(1);
                    break;
                case "histogram":
                    _meter.CreateHistogram<long>(called).Record(1);
                    break;
                case "updowncounter":
                    _meter.CreateUpDownCounter<long>(called).Add(1);
                    break;
                default:
                    _meter.CreateObservableGauge(called, () => 1);
                    break;
            }
        }
    }

    [Fact]
    public async Task Name_OfAnInstrumentThatIsMadeAnew_IsItsOwn()
    {
        using (var meter = new Meter(_meter.Name, "2"))
        {
            meter.CreateCounter<long>("a").Add(1);
            Assert.Equal(["# TYPE a_total counter", "a_total 1"], await ScrapeAsync());
        }

        using var again = new Meter(_meter.Name, "2");
        again.CreateCounter<long>("a").Add(5);
        await ScrapeAsync();   // has the old one, for the last time
        Assert.Equal(["# TYPE a_total counter", "a_total 5"], await ScrapeAsync());
        Assert.Empty(_log.Of(606));
    }

    [Theory]
    [InlineData("target.info")]
    [InlineData("target")]
    public async Task Name_ThatThePageNeedsItself_IsNotGiven(string name)
    {
        _meter.CreateObservableGauge(name, () => 7);

        Assert.DoesNotContain(" 7\n", await PageAsync(ExpositionFormat.OpenMetrics), StringComparison.Ordinal);
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
        _log.Dispose();
    }

    private async Task<string> PageAsync(ExpositionFormat format)
    {
        using var page = await _exporter.ScrapeAsync(format);
        return await TextAsync(page);
    }

    private static async Task<string> TextAsync(PrometheusPage page)
    {
        using var stream = new MemoryStream();
        await page.CopyToAsync(stream, TestContext.Current.CancellationToken);
        Assert.Equal(stream.Length, page.Length);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    // Without the lines about the process.
    private async Task<IEnumerable<string>> ScrapeAsync() =>
        (await PageAsync(ExpositionFormat.PrometheusText)).Split('\n').Where(line => line.Length > 0 && !line.Contains("target_info", StringComparison.Ordinal));
}
