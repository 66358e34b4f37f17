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

/// <summary>Writes one page in one of the text formats. A page has thousands of samples: what is written for each makes no strings.</summary>
internal sealed class PrometheusWriter(IBufferWriter<byte> output, ExpositionFormat format)
{
    private static readonly SearchValues<char> EscapedInHelp = SearchValues.Create("\\\n");
    private static readonly SearchValues<char> EscapedInQuotes = SearchValues.Create("\\\n\"");

    private readonly ArrayBufferWriter<byte> _labels = new();   // a="1",b="2" of the point at hand: a histogram repeats them in each line
    private readonly List<(string Label, object? Value)> _tags = [];
    private readonly Dictionary<string, string> _labelNames = [];

    private bool IsOpenMetrics => format == ExpositionFormat.OpenMetrics;

    /// <summary>The resource, i.e. who is measured, as the <c>target_info</c> metric.</summary>
    public void WriteTarget(Resource resource)
    {
        WriteMetadata(IsOpenMetrics ? "target" : "target_info", "", IsOpenMetrics ? "info"u8 : "gauge"u8, "Who is measured.");
        foreach (var attribute in resource.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            AddTag(attribute.Key, attribute.Value);
        }

        EncodeLabels();
        WriteSample("target_info", ""u8, null, 1);
    }

    public void WriteFamily(PrometheusName name, Metric metric)
    {
        WriteMetadata(IsOpenMetrics ? name.Base : name.Sample, name.Unit, TypeOf(name.Kind), metric.Description);
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            foreach (var tag in point.Tags)
            {
                AddTag(tag.Key, tag.Value);
            }

            EncodeLabels(reserved: name.Kind == MetricKind.Histogram ? "le" : null);
            switch (metric.MetricType)
            {
                case MetricType.Histogram:
                    WriteHistogram(name.Base, in point);
                    break;
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    WriteSample(name.Sample, ""u8, null, point.GetSumLong());
                    break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                    WriteSample(name.Sample, ""u8, null, point.GetSumDouble());
                    break;
                case MetricType.LongGauge:
                    WriteSample(name.Sample, ""u8, null, point.GetGaugeLastValueLong());
                    break;
                default:
                    WriteSample(name.Sample, ""u8, null, point.GetGaugeLastValueDouble());
                    break;
            }
        }
    }

    /// <summary>OpenMetrics tells a complete page from one that broke off.</summary>
    public void WriteEnd()
    {
        if (IsOpenMetrics)
        {
            output.Write("# EOF\n"u8);
        }
    }

    private static ReadOnlySpan<byte> TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter"u8,
        MetricKind.Histogram => "histogram"u8,
        _ => "gauge"u8,
    };

    private void WriteMetadata(string family, string unit, ReadOnlySpan<byte> type, string? help)
    {
        output.Write("# TYPE "u8);
        Text(family);
        output.Write(" "u8);
        output.Write(type);
        output.Write("\n"u8);
        if (unit.Length > 0 && IsOpenMetrics)
        {
            output.Write("# UNIT "u8);
            Text(family);
            output.Write(" "u8);
            Text(unit);
            output.Write("\n"u8);
        }

        if (!string.IsNullOrEmpty(help))
        {
            output.Write("# HELP "u8);
            Text(family);
            output.Write(" "u8);
            Escape(help, output, IsOpenMetrics ? EscapedInQuotes : EscapedInHelp);
            output.Write("\n"u8);
        }
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            WriteSample(name, "_bucket"u8, bucket.ExplicitBound, count);
        }

        WriteSample(name, "_sum"u8, null, point.GetHistogramSum());
        WriteSample(name, "_count"u8, null, point.GetHistogramCount());
    }

    private void WriteSample<T>(string name, ReadOnlySpan<byte> suffix, double? upperBound, T value)
        where T : IUtf8SpanFormattable
    {
        Text(name);
        output.Write(suffix);
        if (_labels.WrittenCount > 0 || upperBound is not null)
        {
            output.Write("{"u8);
            output.Write(_labels.WrittenSpan);
            if (upperBound is { } bound)
            {
                output.Write(_labels.WrittenCount > 0 ? ",le=\""u8 : "le=\""u8);
                Number(bound);
                output.Write("\""u8);
            }

            output.Write("}"u8);
        }

        output.Write(" "u8);
        Number(value);
        output.Write("\n"u8);
    }

    private void AddTag(string key, object? value)
    {
        if (!_labelNames.TryGetValue(key, out var label))
        {
            _labelNames[key] = label = PrometheusName.Sanitize(key);
        }

        _tags.Add((label, value));
    }

    private void EncodeLabels(string? reserved = null)
    {
        _labels.ResetWrittenCount();
        for (var i = 0; i < _tags.Count; i++)
        {
            var label = _tags[i].Label;
            if (IsAmongTheFirst(i, label))
            {
                continue;
            }

            if (_labels.WrittenCount > 0)
            {
                _labels.Write(","u8);
            }

            if (label == reserved)
            {
                _labels.Write("exported_"u8);   // as Prometheus itself calls a label whose name it needs
            }

            Encoding.UTF8.GetBytes(label, _labels);
            _labels.Write("=\""u8);
            Escape(ToText(_tags[i].Value), _labels, EscapedInQuotes);

            // Two keys may become one label, and a label that is there twice would cost the scraper the whole page. OpenTelemetry's
            // specification joins the values in the order of the keys, which is the order that they come in.
            for (var same = i + 1; same < _tags.Count; same++)
            {
                if (_tags[same].Label == label)
                {
                    _labels.Write(";"u8);
                    Escape(ToText(_tags[same].Value), _labels, EscapedInQuotes);
                }
            }

            _labels.Write("\""u8);
        }

        _tags.Clear();
    }

    private bool IsAmongTheFirst(int count, string label)
    {
        for (var i = 0; i < count; i++)
        {
            if (_tags[i].Label == label)
            {
                return true;
            }
        }

        return false;
    }

    private static string ToText(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static void Escape(ReadOnlySpan<char> text, IBufferWriter<byte> output, SearchValues<char> special)
    {
        while (text.IndexOfAny(special) is >= 0 and var at)
        {
            Encoding.UTF8.GetBytes(text[..at], output);
            output.Write(text[at] switch { '\n' => "\\n"u8, '"' => "\\\""u8, _ => @"\\"u8 });
            text = text[(at + 1)..];
        }

        Encoding.UTF8.GetBytes(text, output);
    }

    private void Number<T>(T value)
        where T : IUtf8SpanFormattable
    {
        if (value is double and (double.PositiveInfinity or double.NegativeInfinity))
        {
            output.Write(value is double.PositiveInfinity ? "+Inf"u8 : "-Inf"u8);
            return;
        }

        const int Longest = 32;   // of a double: sign, 17 digits, point and exponent
        value.TryFormat(output.GetSpan(Longest), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);
}
