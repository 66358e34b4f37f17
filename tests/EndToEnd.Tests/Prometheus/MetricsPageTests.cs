using System.Reflection;
using EventGateway.Gateway;

namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>What <c>/metrics</c> says is what docs/metrics.md promises and Prometheus expects.</summary>
[Collection(SharedIncident.Name)]
public sealed class MetricsPageTests(Incident incident)
{
    /// <summary>The table of docs/metrics.md: name, type, labels.</summary>
    public static TheoryData<string, string, string> Documented { get; } = new(Repository.Read("docs/metrics.md").Split('\n')
        .Where(line => line.StartsWith("| `gateway_", StringComparison.Ordinal))
        .Select(line => line.Split('|'))
        .Select(cells => (cells[1].Trim(' ', '`'), cells[2].Trim().Split(' ', ',', ':')[0], cells[3].Trim())));

    [Fact]
    public async Task Page_JudgedByPromtool_IsReadWhollyAndOursIsClean()
    {
        const int Clean = 0;
        const int Remarks = 3;   // the framework calls three gauges "count"
        _ = incident.Prometheus;
        var judged = await Promtool.CheckMetricsAsync(incident.Page);
        Assert.True(judged.ExitCode is Clean or Remarks, string.Join('\n', judged.Errors));
        Assert.DoesNotContain(judged.Errors.Concat(judged.Output), line => line.Contains("gateway_", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Documented))]
    public async Task Metric_Documented_IsThereWithItsTypeAndLabels(string name, string type, string labels)
    {
        var sample = type == "histogram" ? $"{name}_count" : name;
        var series = await incident.Prometheus.QueryAsync(sample, incident.End);
        Assert.NotEmpty(series);
        var expected = labels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
        Assert.All(series, s => Assert.Equal(expected, s.Labels.Names));
        Assert.Contains($"# TYPE {name} {type}\n", incident.Page, StringComparison.Ordinal);
        Assert.Contains($"# HELP {name} ", incident.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metric_OfTheGateway_IsDocumented()
    {
        var metrics = await incident.Prometheus.LabelValuesAsync("{__name__=~'gateway_.+'}", "__name__");
        string[] suffixes = ["_bucket", "_sum", "_count"];
        var families = metrics
            .Select(metric => Array.Find(suffixes, s => metric.EndsWith(s, StringComparison.Ordinal)) is { } suffix ? metric[..^suffix.Length] : metric)
            .Distinct();
        Assert.Equal(Documented.Select(row => row.Data.Item1).Order(StringComparer.Ordinal), families.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task BuildInfo_Running_NamesTheVersion()
    {
        var build = Assert.Single(await incident.Prometheus.QueryAsync("gateway_build_info", incident.End));
        var version = typeof(GatewayHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.StartsWith(build.Labels["version"], version, StringComparison.Ordinal);
    }
}
