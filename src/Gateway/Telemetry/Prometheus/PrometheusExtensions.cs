using OpenTelemetry.Metrics;

namespace EventGateway.Gateway.Telemetry.Prometheus;

internal static class PrometheusExtensions
{
    private const string OpenMetricsType = "application/openmetrics-text";

    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder, PrometheusExporter exporter) =>
        builder.AddReader(new BaseExportingMetricReader(exporter));

    /// <summary>Answers scrapes at <paramref name="path"/>: OpenMetrics to those who accept it, else the older text format.</summary>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints, string path) =>
        endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], static async context =>
        {
            var format = AcceptsOpenMetrics(context.Request) ? ExpositionFormat.OpenMetrics : ExpositionFormat.PrometheusText;
            var page = await context.RequestServices.GetRequiredService<PrometheusExporter>().ScrapeAsync(format);
            context.Response.ContentType = format == ExpositionFormat.OpenMetrics
                ? $"{OpenMetricsType}; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8";
            context.Response.ContentLength = page.Length;
            await context.Response.Body.WriteAsync(page, context.RequestAborted);
        });

    private static bool AcceptsOpenMetrics(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase) && a.Quality is not 0);
}
