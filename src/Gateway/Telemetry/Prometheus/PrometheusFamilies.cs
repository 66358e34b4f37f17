using OpenTelemetry.Metrics;

namespace EventGateway.Gateway.Telemetry.Prometheus;

/// <summary>
/// Which instrument has which name on the page. Two may want the same: <c>a.wait</c> in <c>s</c> and <c>a.wait_seconds</c>, a counter
/// <c>a</c> and a gauge <c>a_total</c>. A page that says twice what a name is, or has a series twice, is refused as a whole; so the name
/// stays with the one that was on a page first, whatever else it might be, and the log names the other. Not thread-safe.
/// </summary>
internal sealed partial class PrometheusFamilies(ILogger logger)
{
    private readonly Dictionary<Stream, PrometheusName?> _names = [];
    private readonly HashSet<string> _taken = ["target", "target_info"];
    private readonly HashSet<PrometheusName> _onPage = new(ReferenceEqualityComparer.Instance);

    public void BeginPage() => _onPage.Clear();

    /// <summary>Null if it can't be on the page.</summary>
    public PrometheusName? NextOnPage(Metric metric)
    {
        // By what the metric says of itself: an instrument whose meter is made anew has another metric, and for one page there are both.
        var stream = new Stream(metric.MeterName, metric.MeterVersion, metric.Name, metric.Unit, metric.Description, metric.MetricType);
        if (!_names.TryGetValue(stream, out var name))
        {
            _names[stream] = name = Name(metric);
        }

        return name is not null && _onPage.Add(name) ? name : null;
    }

    private PrometheusName? Name(Metric metric)
    {
        var name = PrometheusName.Of(metric);
        if (name.Kind == MetricKind.Unsupported)
        {
            return null;
        }

        if (name.All.FirstOrDefault(_taken.Contains) is { } taken)
        {
            Log.NameTaken(logger, metric.Name, metric.MeterName, taken);
            return null;
        }

        _taken.UnionWith(name.All);
        return name;
    }

    private readonly record struct Stream(string Meter, string Version, string Name, string Unit, string Description, MetricType Type);

    private static partial class Log
    {
        [LoggerMessage(EventId = 606, EventName = "MetricNameTaken", Level = LogLevel.Warning,
            Message = "{Instrument} of {Meter} is left out of the metrics page: another instrument is called {Name} there.")]
        public static partial void NameTaken(ILogger logger, string instrument, string meter, string name);
    }
}
