using System.IO.Compression;
using OpenTelemetry.Metrics;

namespace EventGateway.Gateway.Telemetry.Prometheus;

internal static class PrometheusExtensions
{
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder, PrometheusExporter exporter) =>
        builder.AddReader(new BaseExportingMetricReader(exporter));

    /// <summary>Answers scrapes at <paramref name="path"/>: OpenMetrics to those who would rather have it, else the older text format.</summary>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints, string path) =>
        endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], static async context =>
        {
            var accepted = new ScrapeAccept(context.Request.GetTypedHeaders());
            using var page = await context.RequestServices.GetRequiredService<PrometheusExporter>().ScrapeAsync(accepted.Format);
            var response = context.Response;
            response.ContentType = accepted.Format == ExpositionFormat.OpenMetrics
                ? $"{ScrapeAccept.OpenMetricsType}; version={ScrapeAccept.OpenMetricsVersion}; charset=utf-8"
                : $"{ScrapeAccept.TextType}; version={ScrapeAccept.TextVersion}; charset=utf-8";
            response.Headers.Vary = "Accept, Accept-Encoding";
            if (!accepted.Gzip)
            {
                response.ContentLength = page.Length;
                await page.CopyToAsync(response.Body, context.RequestAborted);
                return;
            }

            response.Headers.ContentEncoding = "gzip";
            if (HttpMethods.IsGet(context.Request.Method))
            {
                await using var compressed = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
                await page.CopyToAsync(compressed, context.RequestAborted);
            }
        });
}
