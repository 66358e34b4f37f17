using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Prometheus;

namespace EventGateway.EndToEnd.Tests.Deploy;

/// <summary>The alerts watched the incident too: what they look at exists, and they tell the same story as the gauges.</summary>
[Collection(SharedIncident.Name)]
public sealed partial class RaisedAlertTests(Incident incident)
{
    public static TheoryData<string> Selectors { get; } =
        [.. AlertTests.All.SelectMany(rule => Selector().Matches((string)rule["expr"]!)).Select(match => match.Value).Distinct()];

    // A name or a label value that is spelled wrongly would keep an alert quiet for ever.
    [Theory]
    [MemberData(nameof(Selectors))]
    public async Task Selector_AfterTheIncident_FindsSeries(string selector) =>
        Assert.NotEmpty(await incident.Prometheus.QueryAsync(selector, incident.End));

    [Fact]
    public async Task Rules_DuringTheIncident_WereEvaluatedWithoutAnError()
    {
        var rules = await incident.Prometheus.RulesAsync();
        Assert.Equal(AlertTests.All.Count(), rules.Count);
        Assert.All(rules, rule => Assert.Equal(("ok", null), ((string?)rule["health"], (string?)rule["lastError"])));
    }

    [Theory]
    [InlineData("BreakerOpen", true)]
    [InlineData("BreakerRejecting", true)]
    [InlineData("ConfigReloadFailed", true)]
    [InlineData("BreakerForgotten", true)]
    [InlineData("ConfigDrift", false)]
    [InlineData("CertificateExpiring", false)]
    [InlineData("AggregationFanoutHigh", false)]
    public async Task Alert_DuringTheIncident_WasPending(string alert, bool pending) =>
        Assert.Equal(pending, (await incident.Prometheus.QueryAsync($"last_over_time(ALERTS{{alertname='{alert}'}}[10m])", incident.End)).Count > 0);

    [Fact]
    public async Task BreakerAlerts_AfterRecovery_AreNoLongerPending() =>
        Assert.Empty(await incident.Prometheus.QueryAsync("ALERTS{alertname=~'BreakerOpen|BreakerForgotten'}", incident.End));

    [GeneratedRegex(@"(?<![:\w])((gateway|up)\w*(\{[^}]*\})?|\{__name__[^}]*\})(?!\w)")]
    private static partial Regex Selector();
}
