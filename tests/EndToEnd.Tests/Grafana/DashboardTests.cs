using System.Text.Json.Nodes;

namespace EventGateway.EndToEnd.Tests.Grafana;

/// <summary>The dashboards are whole: what Grafana would take without a word, and a reader would stumble over.</summary>
public sealed class DashboardTests
{
    private const int GridWidth = 24;

    public static TheoryData<string> Names { get; } = [.. Dashboard.Names];

    [Fact]
    public void Dashboards_All_AreTheFour() => Assert.Equal(["aggregation", "breakers", "overview", "runtime"], Dashboard.Names);

    [Fact]
    public void Dashboards_Together_HaveIdsAndTitlesOfTheirOwn()
    {
        var dashboards = Dashboard.Names.Select(name => Dashboard.Read(name).Json).ToList();
        Assert.Distinct(dashboards.Select(d => (string?)d["uid"]));
        Assert.Distinct(dashboards.Select(d => (string?)d["title"]));
        Assert.All(dashboards, d => Assert.Contains("eventgateway", d["tags"]!.AsArray().Select(tag => (string?)tag)));
    }

    [Fact]
    public void Dashboards_Together_LeadToEveryEntryOfTheRunbook()
    {
        var links = Dashboard.Names.SelectMany(name => Dashboard.Read(name).Links).ToHashSet();
        Assert.All(Runbook.Entries, alert => Assert.Contains($"${{docs}}/operations.md#{alert.ToLowerInvariant()}", links));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_OfADashboard_HaveIdsTitlesDescriptionsAndUnits(string name)
    {
        var dashboard = Dashboard.Read(name);
        Assert.Distinct(dashboard.Panels.Select(panel => (int)panel["id"]!));
        Assert.Distinct(dashboard.Panels.Select(panel => (string?)panel["title"]));
        Assert.All(dashboard.PanelsWithData, panel =>
        {
            Assert.NotEmpty((string?)panel["title"] ?? "");
            Assert.NotEmpty((string?)panel["description"] ?? "");
            Assert.NotEmpty((string?)panel["fieldConfig"]!["defaults"]!["unit"] ?? "");
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_OfADashboard_LieBesideEachOther(string name)
    {
        var taken = new Dictionary<(int X, int Y), string>();
        foreach (var panel in Dashboard.Read(name).Panels)
        {
            var grid = panel["gridPos"]!;
            var (x, y, width, height) = ((int)grid["x"]!, (int)grid["y"]!, (int)grid["w"]!, (int)grid["h"]!);
            Assert.InRange(x + width, 1, GridWidth);
            foreach (var cell in from column in Enumerable.Range(x, width) from line in Enumerable.Range(y, height) select (column, line))
            {
                Assert.True(taken.TryAdd(cell, (string)panel["title"]!), $"{panel["title"]} covers {taken.GetValueOrDefault(cell)}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_OfADashboard_LeadToHeadings(string name) => Assert.All(Dashboard.Read(name).Links, link =>
    {
        var parts = link.Split('#');
        Assert.Equal("${docs}/operations.md", parts[0]);
        Assert.Contains(parts[1], Runbook.Anchors);
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Queries_OfADashboard_GoToTheDatasourceThatIsChosen(string name)
    {
        var dashboard = Dashboard.Read(name);
        IEnumerable<JsonNode> asking =
        [
            .. dashboard.PanelsWithData,
            .. dashboard.PanelsWithData.SelectMany(panel => panel["targets"]!.AsArray())!,
            .. dashboard.Annotations,
            .. dashboard.Variables.Where(variable => (string?)variable["type"] == "query"),
        ];
        Assert.All(asking, node => Assert.Equal("${datasource}", (string?)node["datasource"]!["uid"]));
        Assert.Contains(dashboard.Variables, variable => (string?)variable["name"] == "datasource" && (string?)variable["query"] == "prometheus");
    }
}
