using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Telemetry.Prometheus;

/// <summary>
/// What a scraper would rather have. OpenMetrics is for those who name it in the version that is written here, and don't like text better;
/// everybody else gets text, whatever they accept: a page they can look at is worth more to them than a refusal.
/// </summary>
internal readonly struct ScrapeAccept(RequestHeaders headers)
{
    public const string OpenMetricsType = "application/openmetrics-text";
    public const string OpenMetricsVersion = "1.0.0";
    public const string TextType = "text/plain";
    public const string TextVersion = "0.0.4";

    public ExpositionFormat Format { get; } =
        QualityOf(headers, OpenMetricsType, OpenMetricsVersion) is > 0 and var quality && quality >= QualityOfText(headers)
            ? ExpositionFormat.OpenMetrics
            : ExpositionFormat.PrometheusText;

    public bool Gzip { get; } = headers.AcceptEncoding.Any(e => e.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && e.Quality is not 0);

    // The narrower the range, the more it counts.
    private static double QualityOfText(RequestHeaders headers) =>
        QualityOf(headers, TextType, TextVersion) ?? QualityOf(headers, "text/*", "") ?? QualityOf(headers, "*/*", "") ?? 0;

    private static double? QualityOf(RequestHeaders headers, string range, string version) =>
        headers.Accept.Where(a => a.MediaType.Equals(range, StringComparison.OrdinalIgnoreCase) && Version(a) is var v && (v.Length == 0 || v.Equals(version, StringComparison.Ordinal)))
            .Max(a => (double?)(a.Quality ?? 1));

    private static Microsoft.Extensions.Primitives.StringSegment Version(MediaTypeHeaderValue range) =>
        HeaderUtilities.RemoveQuotes(NameValueHeaderValue.Find(range.Parameters, "version")?.Value ?? "");
}
