using System.Text;
using OpenTelemetry.Metrics;

namespace EventGateway.Gateway.Telemetry.Prometheus;

/// <summary>
/// How an OpenTelemetry instrument is called in Prometheus (OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility"):
/// <c>http.server.request.duration</c> in <c>s</c> becomes <c>http_server_request_duration_seconds</c>.
/// </summary>
internal sealed record PrometheusName(string Base, string Unit, MetricKind Kind)
{
    /// <summary>The name that samples carry, except for the suffixes of histograms.</summary>
    public string Sample { get; } = Kind == MetricKind.Counter ? $"{Base}_total" : Base;

    /// <summary>Every name that stands for this metric on a page, in either format.</summary>
    public IEnumerable<string> All => Kind == MetricKind.Histogram ? [Base, $"{Base}_bucket", $"{Base}_sum", $"{Base}_count"] : [Base, Sample];

    public static PrometheusName Of(Metric metric)
    {
        var kind = KindOf(metric.MetricType);
        var unit = UnitOf(metric.Unit, kind);
        var name = Sanitize(metric.Name);
        if (kind == MetricKind.Counter && name.EndsWith("_total", StringComparison.Ordinal))
        {
            name = name[..^"_total".Length];
        }

        return new(unit.Length == 0 || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}", unit, kind);
    }

    /// <summary>Letters, digits and underscores, no two underscores in a row, no digit in front.</summary>
    public static string Sanitize(string name)
    {
        var result = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            var next = char.IsAsciiLetterOrDigit(c) ? c : '_';
            if (next != '_' || result.Length == 0 || result[^1] != '_')
            {
                result.Append(next);
            }
        }

        if (result.Length == 0 || char.IsAsciiDigit(result[0]))
        {
            result.Insert(0, '_');
        }

        return result.ToString();
    }

    private static MetricKind KindOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => MetricKind.Counter,
        MetricType.Histogram => MetricKind.Histogram,
        MetricType.ExponentialHistogram => MetricKind.Unsupported,   // the text formats have no place for it
        _ => MetricKind.Gauge,
    };

    // UCUM to the words that Prometheus uses. Annotations such as {request} say what is counted, not in what.
    private static string UnitOf(string? ucum, MetricKind kind)
    {
        if (string.IsNullOrEmpty(ucum) || ucum.StartsWith('{'))
        {
            return "";
        }

        if (ucum.Split('/') is [var quantity, var per])
        {
            return $"{Word(quantity)}_per_{Word(per).TrimEnd('s')}";
        }

        return ucum == "1" ? (kind == MetricKind.Gauge ? "ratio" : "") : Word(ucum);
    }

    private static string Word(string ucum) => ucum switch
    {
        "ns" => "nanoseconds",
        "us" => "microseconds",
        "ms" => "milliseconds",
        "s" => "seconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "Cel" => "celsius",
        "%" => "percent",
        _ => Sanitize(ucum),
    };
}

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
    Unsupported,
}
