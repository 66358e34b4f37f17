using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using EventGateway.Gateway.Telemetry.Prometheus;
using EventGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;

namespace EventGateway.Gateway.Tests.Telemetry.Prometheus;

/// <summary>Scrapes over the wire, of a server that has one instrument, which waits at a gate.</summary>
public sealed class PrometheusEndpointTests : IAsyncLifetime, IDisposable
{
    private const string Text = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly Meter _meter = new($"Test.{Guid.NewGuid()}");
    private readonly PrometheusExporter _exporter = new(NullLogger<PrometheusExporter>.Instance);
    private readonly HttpClient _client = new(new SocketsHttpHandler());   // decompresses nothing
    private readonly Gate _gate = new();
    private readonly OpenTelemetrySdk _sdk;
    private readonly WebApplication _app;
    private int _collections;

    public PrometheusEndpointTests()
    {
        _meter.CreateObservableGauge("a", () =>
        {
            _gate.PassAsync(CancellationToken.None).GetAwaiter().GetResult();
            return ++_collections;
        });
        _sdk = OpenTelemetrySdk.Create(sdk => sdk.WithMetrics(metrics => metrics.AddMeter(_meter.Name).AddPrometheusExporter(_exporter)));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(_exporter);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPrometheusScrapingEndpoint("/metrics");
    }

    [Theory]
    [InlineData("application/openmetrics-text", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=\"1.0.0\"", OpenMetrics)]
    [InlineData("APPLICATION/OpenMetrics-Text; Version=1.0.0", OpenMetrics)]
    [InlineData("text/plain;q=0.9, application/openmetrics-text;version=1.0.0;q=0.5", Text)]
    [InlineData("text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.9", OpenMetrics)]
    [InlineData("text/plain, application/openmetrics-text", OpenMetrics)]
    [InlineData("*/*, application/openmetrics-text;q=0.5", Text)]
    [InlineData("text/*;q=0.4, */*, application/openmetrics-text;q=0.5", OpenMetrics)]
    [InlineData("text/plain;q=0, */*;q=0.9, application/openmetrics-text;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text;q=0", Text)]
    [InlineData("application/openmetrics-text;version=2.0.0", Text)]
    [InlineData("application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.2", OpenMetrics)]
    [InlineData("text/plain;version=1.0.0;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8", OpenMetrics)]
    [InlineData("application/*", Text)]
    [InlineData("application/json", Text)]
    [InlineData(
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    [InlineData(
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
        + "escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", OpenMetrics)]
    public async Task Get_Accept_DecidesTheFormat(string accept, string contentType)
    {
        _gate.Open();

        using var response = await SendAsync(HttpMethod.Get, accept: accept);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["Accept", "Accept-Encoding"], response.Headers.Vary);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, GZIP;q=0.5", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("identity", false)]
    [InlineData("br", false)]
    [InlineData(null, false)]
    public async Task Get_AcceptEncoding_DecidesTheCompression(string? acceptEncoding, bool compressed)
    {
        _gate.Open();

        using var response = await SendAsync(HttpMethod.Get, acceptEncoding: acceptEncoding);

        Assert.Equal(compressed ? ["gzip"] : [], response.Content.Headers.ContentEncoding);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(compressed ? new GZipStream(body, CompressionMode.Decompress) : body);
        Assert.EndsWith("# TYPE a gauge\na 1\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task Head_Page_HasItsHeadersAlone(string? acceptEncoding)
    {
        _gate.Open();

        using var response = await SendAsync(HttpMethod.Head, acceptEncoding: acceptEncoding);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Text, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(acceptEncoding is null ? [] : ["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Equal(acceptEncoding is null, response.Content.Headers.ContentLength > 0);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Get_AScraperLeaves_TheOthersGetTheirPage()
    {
        using var leave = new CancellationTokenSource();
        var first = SendAsync(HttpMethod.Get, cancellationToken: leave.Token);
        await _gate.Arrived;
        var others = Enumerable.Range(0, 5).Select(i => SendAsync(HttpMethod.Get, acceptEncoding: i == 0 ? "gzip" : null)).ToArray();

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _gate.Open();

        foreach (var response in await Task.WhenAll(others))
        {
            using (response)
            {
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            }
        }
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _gate.Open();
        await _app.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        _client.Dispose();
        _sdk.Dispose();
        _exporter.Dispose();
        _meter.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string? accept = null, string? acceptEncoding = null, CancellationToken? cancellationToken = null)
    {
        using var request = new HttpRequestMessage(method, $"{_app.Urls.Single()}/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept is null ? [] : [accept]);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", acceptEncoding is null ? [] : [acceptEncoding]);
        return await _client.SendAsync(request, cancellationToken ?? TestContext.Current.CancellationToken);
    }
}
