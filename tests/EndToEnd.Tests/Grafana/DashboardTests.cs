using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventGateway.EndToEnd.Tests.Grafana;

/// <summary>The dashboards are whole: what Grafana would take without a word, and a reader would stumble over.</summary>
public sealed partial class DashboardTests
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
    public void Links_OfADashboard_LeadSomewhere(string name) => Assert.All(Dashboard.Read(name).Links, link =>
    {
        if (DashboardLink().Match(link) is { Success: true } other)
        {
            Assert.Contains(other.Groups["uid"].Value, Dashboard.Names.Select(n => (string?)Dashboard.Read(n).Json["uid"]));
        }
        else if (link != "${status}")
        {
            var parts = link.Split('#');
            Assert.StartsWith("${docs}/", parts[0], StringComparison.Ordinal);
            Assert.Contains(parts[1], Runbook.AnchorsOf(parts[0].Replace("${docs}", "docs", StringComparison.Ordinal)));
        }
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Dashboard_AsAWhole_LeadsToItsSiblingsTheRunbookAndTheStatusPage(string name)
    {
        var links = Dashboard.Read(name).Json["links"]!.AsArray();
        Assert.Contains(links, link => (string?)link!["type"] == "dashboards" && (string?)link["tags"]![0] == "eventgateway");
        Assert.Contains(links, link => (string?)link!["url"] == "${docs}/operations.md#runbook");
        Assert.Contains(links, link => (string?)link!["url"] == "${status}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dashboard_Opened_ShowsTheLastHourOfEverythingAndStaysFresh(string name)
    {
        var dashboard = Dashboard.Read(name);
        Assert.Equal($"eventgateway-{name}", (string?)dashboard.Json["uid"]);
        Assert.Equal(41, (int?)dashboard.Json["schemaVersion"]);
        Assert.Equal(("now-1h", "now", "10s"), ((string?)dashboard.Json["time"]!["from"], (string?)dashboard.Json["time"]!["to"], (string?)dashboard.Json["refresh"]));
        Assert.All(dashboard.Variables.Where(variable => (string?)variable["type"] == "query"), variable =>
        {
            Assert.Equal((true, true, ".*"), ((bool?)variable["multi"], (bool?)variable["includeAll"], (string?)variable["allValue"]));
            Assert.Equal("$__all", (string?)variable["current"]!["value"]![0]);
        });
    }

    // Grafana's own names. Its text colour follows the theme; the paler shades are for areas, where it chooses the colour of what is written on them.
    [Theory]
    [MemberData(nameof(Names))]
    public void Colours_OfADashboard_CanBeReadOnWhiteAndOnBlack(string name)
    {
        string[] areas = ["dark-yellow", "light-blue"];
        string[] everywhere = ["text", "semi-dark-green", "dark-orange", "semi-dark-red", "semi-dark-purple", "semi-dark-blue", .. areas];
        var dashboard = Dashboard.Read(name);
        Assert.All(dashboard.Colours, colour => Assert.Contains(colour, everywhere));
        Assert.All(dashboard.PanelsWithData.Where(panel => (string?)panel["type"] == "stat"), panel =>
            Assert.All(panel["fieldConfig"]!["defaults"]!["thresholds"]!["steps"]!.AsArray(), step => Assert.DoesNotContain((string?)step!["color"], areas)));
    }

    [Fact]
    public void States_OnAllDashboards_HaveTheSameNamesAndColours()
    {
        var maps = Dashboard.Names.SelectMany(name => Dashboard.Read(name).PanelsWithData)
            .SelectMany(panel => panel["fieldConfig"]!["overrides"]!.AsArray()
                .SelectMany(o => o!["properties"]!.AsArray()).Where(p => (string?)p!["id"] == "mappings").Select(p => p!["value"])
                .Append(panel["fieldConfig"]!["defaults"]!["mappings"]))
            .Select(map => map?.ToJsonString() ?? "")
            .Where(map => map.Contains("half-open", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(2, maps.Count);
        Assert.Single(maps.Distinct());
        Assert.All((string[])["closed", "half-open", "open", "forced open", "disabled", "metrics only"], state => Assert.Contains($"\"{state}\"", maps[0], StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_OfADashboard_HaveLegendsAndDrawTheirThresholds(string name) =>
        Assert.All(Dashboard.Read(name).PanelsWithData.Where(panel => (string?)panel["type"] == "timeseries"), panel =>
        {
            var defaults = panel["fieldConfig"]!["defaults"]!;
            Assert.True((bool?)panel["options"]!["legend"]!["showLegend"]);
            Assert.All(panel["targets"]!.AsArray(), target => Assert.Contains("{{", (string?)target!["legendFormat"], StringComparison.Ordinal));
            Assert.Equal(defaults["thresholds"]!["steps"]!.AsArray().Count > 1, (string?)defaults["custom"]!["thresholdsStyle"]!["mode"] == "dashed");
        });

    // An empty panel looks broken, unless it says that nothing is what there should be.
    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_ThatMayBeEmpty_SayWhatThatMeans(string name) =>
        Assert.All(Dashboard.Read(name).PanelsWithData.Where(MayBeEmpty), panel =>
            Assert.True((string?)panel["fieldConfig"]!["defaults"]!["noValue"] is { Length: > 0 }, (string?)panel["title"]));

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

    private static bool MayBeEmpty(JsonNode panel) =>
        (string?)panel["type"] is "stat" or "table" or "state-timeline"
        || panel["targets"]!.AsArray().Any(target =>
            (string)target!["expr"]! is var query
            && (query.EndsWith("> 0", StringComparison.Ordinal) || query.Contains("gateway_cluster_", StringComparison.Ordinal)
                || query.Contains("_ratio", StringComparison.Ordinal)));

    [GeneratedRegex(@"^/d/(?<uid>[\w-]+)\?")]
    private static partial Regex DashboardLink();
}
