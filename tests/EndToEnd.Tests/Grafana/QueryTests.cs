using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Prometheus;

namespace EventGateway.EndToEnd.Tests.Grafana;

/// <summary>After an incident every panel has something to show: each query is run by a real Prometheus that saw it.</summary>
[Collection(SharedIncident.Name)]
public sealed partial class QueryTests(Incident incident)
{
    public static TheoryData<string> Names { get; } = [.. Dashboard.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Panels_AfterTheIncident_HaveData(string name)
    {
        var dashboard = Dashboard.Read(name);
        var silent = new List<string>();
        foreach (var panel in dashboard.PanelsWithData)
        {
            foreach (var target in panel["targets"]!.AsArray())
            {
                if (!await HasDataAsync(dashboard, target!))
                {
                    silent.Add($"{panel["title"]}: {target!["expr"]}");
                }
            }
        }

        Assert.Empty(silent);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Annotations_AfterTheIncident_MarkIt(string name)
    {
        var dashboard = Dashboard.Read(name);
        Assert.Equal(["Transitions", "Operators", "Reloads"], dashboard.Annotations.Select(a => (string?)a["name"]));
        Assert.Equal(7, await CountMarksAsync(dashboard, "Transitions"));
        Assert.Equal(2, await CountMarksAsync(dashboard, "Operators"));
        Assert.Equal(3, await CountMarksAsync(dashboard, "Reloads"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Variables_AfterTheIncident_HaveValues(string name)
    {
        var dashboard = Dashboard.Read(name);
        foreach (var variable in dashboard.Variables.Where(v => (string?)v["type"] == "query"))
        {
            var query = LabelValues().Match((string)variable["query"]!["query"]!);
            Assert.True(query.Success, $"{variable["query"]}");
            Assert.NotEmpty(await incident.Prometheus.LabelValuesAsync(Substitute(dashboard, query.Groups["selector"].Value), query.Groups["label"].Value));
        }
    }

    // A number at some time: those of an instant ("now") are looked for at each second of the incident as well.
    private async Task<bool> HasDataAsync(Dashboard dashboard, JsonNode target)
    {
        var samples = await incident.Prometheus.QueryRangeAsync(Substitute(dashboard, (string)target["expr"]!), incident.Begin, incident.End);
        return samples.SelectMany(s => s.Values).Any(double.IsFinite);
    }

    // One mark for each series and second with a value, as Grafana draws them. The last may belong to the second in which the incident ended.
    private async Task<int> CountMarksAsync(Dashboard dashboard, string name)
    {
        var annotation = dashboard.Annotations.Single(a => (string?)a["name"] == name);
        var query = Substitute(dashboard, (string)annotation["expr"]!);
        return (await incident.Prometheus.QueryRangeAsync(query, incident.Begin, incident.End.AddSeconds(1))).Sum(s => s.Values.Count);
    }

    private string Substitute(Dashboard dashboard, string query) =>
        dashboard.Substitute(query, (int)(incident.End - incident.Begin).TotalSeconds + 1);

    [GeneratedRegex(@"^label_values\((?<selector>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();
}
