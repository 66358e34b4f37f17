using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Prometheus;

namespace EventGateway.EndToEnd.Tests.Deploy;

/// <summary>The alerts: Prometheus takes them, each has its cases and its entry in the runbook.</summary>
public sealed partial class AlertTests
{
    internal const string Rules = "deploy/prometheus/alerts.yml";
    private const string Cases = "deploy/prometheus/alerts.test.yml";

    internal static IEnumerable<JsonNode> All { get; } =
        [.. Yaml.Read(Rules)["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray())!];

    [Theory]
    [InlineData("check", "config", "deploy/prometheus/prometheus.yml")]
    [InlineData("check", "rules", Rules)]
    [InlineData("test", "rules", Cases)]
    public async Task Promtool_ReadingWhatShips_Agrees(string verb, string what, string file)
    {
        var judged = await Promtool.RunAsync(verb, what, Repository.PathTo(file));
        Assert.True(judged.ExitCode == 0, string.Join('\n', judged.Output.Concat(judged.Errors)));
    }

    [Fact]
    public void Alerts_All_HaveAnEntryInTheRunbookAndLeadToIt()
    {
        Assert.Equal(Names().Order(StringComparer.Ordinal), Runbook.Entries.Order(StringComparer.Ordinal));
        Assert.All(Alerts(), alert =>
            Assert.Equal($"{Runbook.File}#{((string)alert["alert"]!).ToLowerInvariant()}", (string?)alert["annotations"]!["runbook_url"]));
    }

    [Fact]
    public void RunbookEntries_All_SayWhatItMeansWhereToLookAndWhatToDo() => Assert.All(Runbook.Entries, alert =>
    {
        var entry = string.Join('\n', Runbook.Entry(alert));
        Assert.Matches(@"(?s)\*\*Means\*\*: .+\*\*First look\*\*: .+\*\*Do\*\*: ", entry);
    });

    // At night nobody has time for a panel that is called something else by now.
    [Fact]
    public void Runbook_PanelsAndCommands_Exist()
    {
        var text = Repository.Read(Runbook.File).ReplaceLineEndings(" ");
        var panels = Grafana.Dashboard.Names.Select(Grafana.Dashboard.Read).SelectMany(dashboard => dashboard.Panels.Select(panel =>
            $"{((string)dashboard.Json["title"]!)["EventGateway / ".Length..]} → {((string)panel["title"]!).Split(',')[0]}")).ToHashSet();
        var named = Panel().Matches(text).Select(match => match.Groups["panel"].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, panel => Assert.Contains(panel, panels));
        Assert.All(Command().Matches(text), match => Assert.Contains(match.Groups["verb"].Value, (string[])["check", "breaker", "simulate", "explain"]));
    }

    [Fact]
    public void Alerts_All_HaveASeverityAndWords() => Assert.All(Alerts(), alert =>
    {
        Assert.True((string?)alert["labels"]!["severity"] is "critical" or "warning");
        Assert.NotEmpty((string?)alert["annotations"]!["summary"] ?? "");
        Assert.NotEmpty((string?)alert["annotations"]!["description"] ?? "");
    });

    [Fact]
    public void Alerts_All_AreTestedFiringAndQuiet()
    {
        var cases = Yaml.Read(Cases)["tests"]!.AsArray().SelectMany(test => test!["alert_rule_test"]!.AsArray()).ToList();
        Assert.Equal(Names().Order(StringComparer.Ordinal), AlertsOf(firing: true));
        Assert.Equal(Names().Order(StringComparer.Ordinal), AlertsOf(firing: false));

        IEnumerable<string> AlertsOf(bool firing) => cases
            .Where(c => c!["exp_alerts"]!.AsArray().Count > 0 == firing)
            .Select(c => (string)c!["alertname"]!)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<JsonNode> Alerts() => All.Where(rule => rule["alert"] is not null);

    private static IEnumerable<string> Names() => Alerts().Select(alert => (string)alert["alert"]!).Distinct();

    [GeneratedRegex(@"\*(?<panel>[^*→]+ → [^*]+)\*")]
    private static partial Regex Panel();

    [GeneratedRegex("`eventgateway (?<verb>[a-z]+)")]
    private static partial Regex Command();
}
