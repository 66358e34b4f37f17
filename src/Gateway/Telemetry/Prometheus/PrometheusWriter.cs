using System.Buffers;
using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace EventGateway.Gateway.Telemetry.Prometheus;

/// <summary>The two text formats that Prometheus reads.</summary>
internal enum ExpositionFormat
{
    /// <summary>Prometheus text format 0.0.4.</summary>
    PrometheusText,

    /// <summary>OpenMetrics 1.0.</summary>
    OpenMetrics,
}

/// <summary>Writes metric families in one of the text formats.</summary>
internal readonly struct PrometheusWriter(IBufferWriter<byte> output, ExpositionFormat format)
{
    private bool IsOpenMetrics => format == ExpositionFormat.OpenMetrics;

    /// <summary>The resource, i.e. who is measured, as the <c>target_info</c> metric.</summary>
    public void WriteTarget(Resource resource)
    {
        var name = IsOpenMetrics ? "target" : "target_info";
        WriteMetadata(name, "", IsOpenMetrics ? "info" : "gauge", "Who is measured.");
        Text("target_info");
        var labels = new LabelWriter(output);
        foreach (var attribute in resource.Attributes)
        {
            labels.Add(attribute.Key, attribute.Value);
        }

        labels.End();
        Text(" 1\n");
    }

    public void WriteFamily(PrometheusName name, IReadOnlyList<Metric> metrics)
    {
        if (name.Kind == MetricKind.Unsupported)
        {
            return;
        }

        var family = IsOpenMetrics ? name.Base : name.Sample;
        WriteMetadata(family, name.Unit, name.Kind.ToString().ToLowerInvariant(), metrics[0].Description);
        foreach (var metric in metrics)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (name.Kind == MetricKind.Histogram)
                {
                    WriteHistogram(name.Base, in point);
                }
                else
                {
                    WriteSample(name.Sample, in point, null, ValueOf(metric.MetricType, in point));
                }
            }
        }
    }

    /// <summary>OpenMetrics tells a complete page from one that broke off.</summary>
    public void WriteEnd()
    {
        if (IsOpenMetrics)
        {
            Text("# EOF\n");
        }
    }

    private void WriteMetadata(string family, string unit, string type, string? help)
    {
        Text("# TYPE ");
        Text(family);
        Text(" ");
        Text(type);
        Text("\n");
        if (unit.Length > 0 && IsOpenMetrics)
        {
            Text($"# UNIT {family} {unit}\n");
        }

        if (!string.IsNullOrEmpty(help))
        {
            Text("# HELP ");
            Text(family);
            Text(" ");
            Text(Escape(help, quotes: IsOpenMetrics));
            Text("\n");
        }
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            WriteSample($"{name}_bucket", in point, Number(bucket.ExplicitBound), count.ToString(CultureInfo.InvariantCulture));
        }

        WriteSample($"{name}_sum", in point, null, Number(point.GetHistogramSum()));
        WriteSample($"{name}_count", in point, null, point.GetHistogramCount().ToString(CultureInfo.InvariantCulture));
    }

    private void WriteSample(string name, in MetricPoint point, string? upperBound, string value)
    {
        Text(name);
        var labels = new LabelWriter(output);
        foreach (var tag in point.Tags)
        {
            labels.Add(tag.Key, tag.Value);
        }

        if (upperBound is not null)
        {
            labels.Add("le", upperBound);
        }

        labels.End();
        Text(" ");
        Text(value);
        Text("\n");
    }

    private static string ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
        MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
        _ => Number(point.GetGaugeLastValueDouble()),
    };

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text, bool quotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);

    // {a="1",b="2"}, and nothing at all without labels.
    private ref struct LabelWriter(IBufferWriter<byte> output)
    {
        private bool _any;

        public void Add(string key, object? value)
        {
            Encoding.UTF8.GetBytes(_any ? "," : "{", output);
            _any = true;
            Encoding.UTF8.GetBytes(PrometheusName.Sanitize(key), output);
            Encoding.UTF8.GetBytes("=\"", output);
            Encoding.UTF8.GetBytes(Escape(ToText(value), quotes: true), output);
            Encoding.UTF8.GetBytes("\"", output);
        }

        public readonly void End()
        {
            if (_any)
            {
                Encoding.UTF8.GetBytes("}", output);
            }
        }

        private static string ToText(object? value) => value switch
        {
            bool flag => flag ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
    }
}
