using System.Globalization;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Grafana;
using EventGateway.EndToEnd.Tests.Prometheus;

namespace EventGateway.EndToEnd.Tests.Windows;

/// <summary>Page, admin API, dashboards, alerts and log tell one story of an incident, and tell it in the same second.</summary>
public sealed class WindowTests(WatchedIncident incident) : IClassFixture<WatchedIncident>
{
    private const string AllScrapes = "10m";

    // What is told at once is told within a second; what waits for a scrape, or for the page's next report, an interval later.
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Scraped = Second + TimeSpan.FromSeconds(PrometheusServer.ScrapeInterval);

    private static readonly Change[] Story =
    [
        new("closed", "open", "failure_threshold"),
        new("open", "half_open", "wait_over"),
        new("half_open", "open", "probe_failed"),
        new("open", "half_open", "wait_over"),
        new("half_open", "closed", "probes_succeeded"),
        new("closed", "forced_open", "mode_changed"),
        new("forced_open", "closed", "mode_changed"),
    ];

    private JsonNode Page => WatchedIncident.BreakerOf(incident.Reports[^1]);

    [Fact]
    public void Transitions_OnThePageInAdminAndInTheLog_AreTheStoryInTheSameSecond()
    {
        Skip();
        var page = PageChanges();
        var admin = incident.Admin["transitions"]!.AsArray().Reverse().ToList();
        var log = LogChanges();

        Assert.Equal(Story, page.Select(t => t.Change));
        Assert.Equal(Story, admin.Select(ChangeOf));
        Assert.Equal(Story, log.Select(t => t.Change));
        for (var i = 0; i < Story.Length; i++)
        {
            AssertNear(page[i].At, admin[i]!["at"]!.GetValue<DateTimeOffset>(), TimeSpan.FromMilliseconds(2), $"{Story[i]}, page and admin");
            AssertNear(page[i].At, log[i].At, Second, $"{Story[i]}, page and log");
        }
    }

    [Fact]
    public async Task Transitions_AnnotatedOnTheDashboards_AreTheStoryAScrapeLater()
    {
        var page = PageChanges();
        foreach (var name in Dashboard.Names)
        {
            var marks = await MarksAsync(Dashboard.Read(name), "Transitions");
            Assert.Equal(Story.Order(), marks.Select(m => ChangeOf(m.Labels)).Order());
            foreach (var change in Story.Distinct())
            {
                var happened = page.Where(t => t.Change == change).Select(t => t.At);
                var marked = marks.Where(m => ChangeOf(m.Labels) == change).Select(m => m.At).Order();
                Assert.All(happened.Zip(marked), pair => AssertFollows(pair.First, pair.Second, $"{change} on {name}"));
            }
        }
    }

    [Fact]
    public async Task States_OnThePageAndOnTheTimeline_BeginInTheSameSecond()
    {
        // An open breaker reads half-open from the end of its wait, and the transition comes with the first probe.
        var changes = PageChanges();
        var began = changes.Select((t, i) => (t.Change.To, At: t.Change.To == "half_open" ? changes[i - 1].At + t.WaitBefore : t.At)).ToList();

        var page = FirstOfEach(incident.Reports.Select(r => ((string)WatchedIncident.BreakerOf(r)["state"]!, StatusWindow.Moment(r["now"]))));
        var timeline = FirstOfEach(await TimelineAsync());
        Assert.Equal(["closed", .. began.Select(b => b.To)], page.Select(p => p.State));
        Assert.Equal(["closed", .. began.Select(b => b.To)], timeline.Select(p => p.State));
        for (var i = 0; i < began.Count; i++)
        {
            AssertFollows(began[i].At, page[i + 1].At, $"{began[i].To} on the page");
            AssertFollows(began[i].At, timeline[i + 1].At, $"{began[i].To} on the timeline");
        }

        var since = incident.Reports.Select(WatchedIncident.BreakerOf).Select(b => ((string)b["state"]!, StatusWindow.Moment(b["since"]))).Distinct().Skip(1).ToList();
        Assert.Equal(began.Select(b => b.To), since.Select(s => s.Item1));
        Assert.All(began.Zip(since), pair => AssertNear(pair.First.At, pair.Second.Item2, TimeSpan.FromMilliseconds(5), $"{pair.First.To} since"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Countdown_InEveryWindow_EndsInTheSameSecond(int wait)
    {
        var opened = PageChanges().Where(t => t.Change.To == "open").ElementAt(wait);
        List<Countdown> told =
        [
            .. incident.Told[wait],
            .. incident.Reports
                .Select(report => (Breaker: WatchedIncident.BreakerOf(report), At: StatusWindow.Moment(report["now"])))
                .Where(r => (double)r.Breaker["retryAfter"]! > 0 && StatusWindow.Moment(r.Breaker["since"]) == opened.At)
                .Select(r => Countdown.Of("page", r.At, (double)r.Breaker["retryAfter"]!)),
        ];
        var log = incident.Log.Where(line => line.EventId == 301).ElementAt(wait);
        told.Add(Countdown.Of("log", log.At, TimeSpan.Parse(log["Wait"]!, CultureInfo.InvariantCulture).TotalSeconds));

        var end = opened.At + opened.Wait!.Value;
        var dashboard = Dashboard.Read("breakers");
        var countdown = dashboard.PanelsWithData.Single(p => (string?)p["title"] == "Countdown to the next probe")["targets"]![0]!;
        Assert.Contains("gateway_breaker_retry_after_seconds", (string)countdown["expr"]!, StringComparison.Ordinal);
        var scrapes = await incident.Prometheus.QueryAsync($"gateway_breaker_retry_after_seconds[{AllScrapes}]", incident.End);
        told.AddRange(scrapes.SelectMany(s => s.Times.Zip(s.Values))
            .Where(s => s.Second > 0 && s.First > opened.At - Second && s.First < end)
            .Select(s => Countdown.Of("Prometheus", s.First, s.Second)));

        Assert.Equal(["/admin", "Prometheus", "Retry-After", "log", "page"], told.Select(t => t.Window).Distinct().Order(StringComparer.Ordinal));
        Assert.All(told, t => Assert.True(t.Earliest < end + Second && t.Latest > end - Second, $"{t} is not {end:O}"));
    }

    [Fact]
    public async Task Failures_AgainstTheThreshold_AreTheSameOnPageAndDashboard()
    {
        var page = incident.Reports.Select(WatchedIncident.BreakerOf).Max(b => (int)b["failures"]!);
        var panel = Dashboard.Read("breakers").PanelsWithData.Single(p => (string?)p["title"] == "Failures against the threshold");
        var highest = new List<double>();
        foreach (var target in panel["targets"]!.AsArray())
        {
            highest.Add((await RangeAsync(Dashboard.Read("breakers"), (string)target!["expr"]!)).SelectMany(s => s.Values).Max());
        }

        Assert.Equal((3, 3), (page, (int)Page["threshold"]!));   // what has opened it stays in sight
        Assert.Equal([3, 3], highest);
    }

    [Fact]
    public async Task Counts_OfCallsAndRejections_AreTheClientsInEveryWindow()
    {
        Skip();
        Assert.Equal(new Dictionary<string, int> { ["200"] = 4, ["503"] = 4, ["OPEN"] = 6, ["FORCED_OPEN"] = 2 }, incident.Answers);

        Assert.Equal(8, (int)Page["rejections"]!);
        var counts = incident.Admin["counts"]!;
        Assert.Equal("""{"open":6,"forced_open":2}""", counts["rejections"]!.ToJsonString());
        Assert.Equal(
            ["failure status_5xx 4", "success none 4"],
            counts["calls"]!.AsArray().Select(c => $"{c!["outcome"]} {c["cause"]} {c["count"]}").Order(StringComparer.Ordinal));

        Assert.Equal(["state=\"forced_open\" 2", "state=\"open\" 6"], await CountedAsync("sum by (state) (gateway_breaker_rejections_total)"));
        Assert.Equal(
            ["cause=\"none\",outcome=\"success\" 4", "cause=\"status_5xx\",outcome=\"failure\" 4"],
            await CountedAsync("sum by (outcome, cause) (gateway_breaker_calls_total)"));
        Assert.Equal(["cause=\"status_5xx\" 4"], await CountedAsync("sum by (cause) (gateway_upstream_errors_total)"));
        Assert.Equal(
            ["circuit_open forced_open 503 2", "circuit_open open 503 6", "none closed 200 4", "status_5xx closed 503 2", "status_5xx open 503 2"],
            AccessLines()
                .GroupBy(line => $"{line["cause"] ?? "none"} {line["breaker_state"]} {(int)line.Json["status"]!}")
                .Select(group => $"{group.Key} {group.Count()}")
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Failures_OnThePageAndInAdmin_AreAccessLines()
    {
        Skip();
        var lines = AccessLines().Where(line => line["cause"] == "status_5xx").ToList();
        var page = Page["recentFailures"]!.AsArray().Reverse().ToList();
        Assert.Equal(lines.Select(line => line["trace_id"]), page.Select(f => (string?)f!["traceId"]));
        Assert.Equal(page.Select(f => (string?)f!["traceId"]), incident.Admin["failures"]!.AsArray().Reverse().Select(f => (string?)f!["traceId"]));
        Assert.All(page.Zip(lines), pair =>
        {
            AssertNear(StatusWindow.Moment(pair.First!["at"]), pair.Second.At, Second, "failure");
            Assert.Equal(("status_5xx", 503), ((string?)pair.First["cause"], (int)pair.First["status"]!));
        });
    }

    [Fact]
    public async Task Operator_ReasonAndEnd_AreToldInEveryWindow()
    {
        Skip();
        var (forced, returned) = (PageChanges()[^2], PageChanges()[^1]);
        var held = incident.Reports.Select(WatchedIncident.BreakerOf).Where(b => b["override"] is not null).Select(b => b["override"]!).ToList();
        Assert.All(held, o => Assert.Equal(WatchedIncident.OperatorReason, (string?)o["reason"]));
        Assert.All(held, o => AssertNear(returned.At, StatusWindow.Moment(o["until"]), TimeSpan.FromMilliseconds(5), "until"));

        var action = Assert.Single(Page["recentActions"]!.AsArray())!;
        Assert.Equal(("force-open", WatchedIncident.OperatorReason), ((string?)action["action"], (string?)action["reason"]));
        var line = Assert.Single(incident.Log, l => l.EventId == 304);
        Assert.Equal(("ForcedOpen", WatchedIncident.OperatorReason), (line["Mode"], line["Reason"]));
        AssertNear(forced.At, line.At, Second, "the operator's word in the log");
        AssertNear(forced.At, StatusWindow.Moment(action["at"]), Second, "the operator's word on the page");
        Assert.Equal(["action=\"force_open\" 1"], await CountedAsync("sum by (action) (gateway_breaker_operator_actions_total)"));
        Assert.Contains("breaker:addEvent forced_open", ReasonsIn(incident.ForcedReady));

        var remaining = await incident.Prometheus.QueryAsync($"gateway_breaker_override_remaining_seconds[{AllScrapes}]", incident.End);
        var ends = remaining.SelectMany(s => s.Times.Zip(s.Values)).Where(s => s.Second > 0).Select(s => s.First.AddSeconds(s.Second)).ToList();
        Assert.NotEmpty(ends);
        Assert.All(ends, end => AssertNear(returned.At, end, Second, "the end by Prometheus"));
    }

    [Fact]
    public async Task RefusedFile_ProblemsAndTime_AreTheSameInEveryWindow()
    {
        Skip();
        var refused = incident.Reports.Select(r => r["configuration"]!["rejected"]).OfType<JsonNode>().ToList();
        var problems = refused[^1]["problems"]!.AsArray().Select(p => (string)p!).ToList();
        Assert.Equal(2, problems.Count);
        Assert.Equal(problems, incident.Refused.Config["rejected"]!["problems"]!.AsArray().Select(p => (string)p!));
        var line = Assert.Single(incident.Log, l => l.EventId == 403);
        Assert.Equal(problems, line["Problems"]!.Split('\n'));

        var since = StatusWindow.Moment(refused[^1]["since"]);
        AssertNear(since, incident.Refused.Config["rejected"]!["since"]!.GetValue<DateTimeOffset>(), TimeSpan.FromMilliseconds(2), "admin");
        AssertNear(since, line.At, Second, "log");
        Assert.Contains("configuration rejected", ReasonsIn(incident.Refused.Ready));

        var mended = Assert.Single(incident.Log, l => l.EventId == 402);
        AssertNear(StatusWindow.Moment(incident.Reports[^1]["configuration"]!["since"]), mended.At, Second, "mended, on the page");
        foreach (var name in Dashboard.Names)
        {
            var marks = await MarksAsync(Dashboard.Read(name), "Reloads");
            Assert.Equal(["rejected", "unchanged"], marks.Select(m => m.Labels["result"]));
            AssertFollows(since, marks[0].At, $"refused, on {name}");
            AssertFollows(mended.At, marks[1].At, $"mended, on {name}");
        }
    }

    [Fact]
    public async Task Alerts_OfTheIncident_BeginInItsSecond()
    {
        var changes = PageChanges();
        var refused = incident.Reports.Select(r => r["configuration"]!["rejected"]).OfType<JsonNode>().First();
        var rejected = AccessLines().First(line => line["cause"] == "circuit_open").At;

        AssertFollows(changes[0].At, await ActiveSinceAsync("BreakerOpen"), "BreakerOpen", before: Second);
        AssertFollows(rejected, await ActiveSinceAsync("BreakerRejecting"), "BreakerRejecting", before: Second);
        AssertFollows(changes[^2].At, await ActiveSinceAsync("BreakerForgotten"), "BreakerForgotten", before: Second);
        AssertFollows(StatusWindow.Moment(refused["since"]), await ActiveSinceAsync("ConfigReloadFailed"), "ConfigReloadFailed", before: Second);
    }

    [Fact]
    public async Task Alerts_OfTheIncident_FireAndEndWithIt()
    {
        var changes = PageChanges();
        var firing = await incident.Prometheus.QueryAsync($"last_over_time(ALERTS{{alertstate='firing'}}[{AllScrapes}])", incident.End);
        Assert.Superset(
            new HashSet<string>(["BreakerOpen", "BreakerRejecting", "ConfigReloadFailed"]), firing.Select(s => s.Labels["alertname"]).ToHashSet());
        AssertFollows(changes[4].At, await LastActiveAsync("BreakerOpen"), "BreakerOpen", before: Second);
        AssertFollows(changes[^1].At, await LastActiveAsync("BreakerForgotten"), "BreakerForgotten", before: Second);
        AssertFollows(incident.Log.Single(l => l.EventId == 402).At, await LastActiveAsync("ConfigReloadFailed"), "ConfigReloadFailed", before: Second);
    }

    private void Skip() => _ = incident.Prometheus;

    // The page's are what the other windows are held against.
    private List<Told> PageChanges()
    {
        Skip();
        var wait = TimeSpan.Zero;
        var changes = new List<Told>();
        foreach (var t in Page["recentTransitions"]!.AsArray().Reverse())
        {
            TimeSpan? own = t!["wait"] is { } seconds ? TimeSpan.FromSeconds((double)seconds) : null;
            changes.Add(new Told(ChangeOf(t), StatusWindow.Moment(t["at"]), own, wait));
            wait = own ?? TimeSpan.Zero;
        }

        return changes;
    }

    private List<(Change Change, DateTimeOffset At)> LogChanges() =>
        [.. incident.Log.Where(line => line.EventId is 301 or 302).Select(line => (new Change(line["From"]!, line["To"] ?? "open", line["Reason"]!), line.At))];

    private IEnumerable<LogLine> AccessLines() => incident.Log.Where(line => line.IsAccess && line["route"] == WatchedIncident.Breaker);

    private static Change ChangeOf(JsonNode? transition) =>
        new((string)transition!["from"]!, (string)transition["to"]!, (string)transition["reason"]!);

    private static Change ChangeOf(Labels labels) => new(labels["from"], labels["to"], labels["reason"]);

    private static IEnumerable<string> ReasonsIn(JsonNode ready) => ready["reasons"]!.AsArray().Select(r => $"{r!["component"]} {r["reason"]}");

    private static List<(string State, DateTimeOffset At)> FirstOfEach(IEnumerable<(string State, DateTimeOffset At)> seen)
    {
        var first = new List<(string State, DateTimeOffset At)>();
        foreach (var moment in seen)
        {
            if (first.Count == 0 || first[^1].State != moment.State)
            {
                first.Add(moment);
            }
        }

        return first;
    }

    // The panel writes each state as a number, and names them in its mappings.
    private async Task<IEnumerable<(string State, DateTimeOffset At)>> TimelineAsync()
    {
        var dashboard = Dashboard.Read("breakers");
        var panel = dashboard.PanelsWithData.Single(p => (string?)p["type"] == "state-timeline");
        var names = panel["fieldConfig"]!["defaults"]!["mappings"]![0]!["options"]!;
        var series = Assert.Single(await RangeAsync(dashboard, (string)panel["targets"]![0]!["expr"]!, step: "0.1"));   // a late scrape and the next may lie within a second
        return series.Values.Zip(series.Times, (value, at) => (StateOf(value), at));

        string StateOf(double value) =>
            ((string)names[value.ToString(CultureInfo.InvariantCulture)]!["text"]!).Replace(' ', '_').Replace('-', '_');
    }

    private async Task<IReadOnlyList<(Labels Labels, DateTimeOffset At)>> MarksAsync(Dashboard dashboard, string name)
    {
        var annotation = dashboard.Annotations.Single(a => (string?)a["name"] == name);
        var series = await RangeAsync(dashboard, (string)annotation["expr"]!);
        return [.. series.SelectMany(s => s.Times.Select(at => (s.Labels, at))).OrderBy(mark => mark.at)];
    }

    private Task<IReadOnlyList<Sample>> RangeAsync(Dashboard dashboard, string query, string step = "1") =>
        incident.Prometheus.QueryRangeAsync(
            dashboard.Substitute(query, (int)(incident.End - incident.Begin).TotalSeconds + 1), incident.Begin, incident.End.AddSeconds(1), step);

    private async Task<IEnumerable<string>> CountedAsync(string expression) =>
        (await incident.Prometheus.QueryAsync(expression, incident.End))
            .Where(s => s.Value != 0)
            .Select(s => $"{s.Labels} {s.Value}")
            .Order(StringComparer.Ordinal);

    // Prometheus keeps in whole seconds since when an alert has been active.
    private async Task<DateTimeOffset> ActiveSinceAsync(string alert)
    {
        var series = await incident.Prometheus.QueryAsync($"ALERTS_FOR_STATE{{alertname='{alert}'}}[{AllScrapes}]", incident.End);
        return DateTimeOffset.UnixEpoch.AddSeconds(Assert.Single(series.SelectMany(s => s.Values).Distinct()));
    }

    private async Task<DateTimeOffset> LastActiveAsync(string alert)
    {
        var series = await incident.Prometheus.QueryAsync($"ALERTS{{alertname='{alert}'}}[{AllScrapes}]", incident.End);
        return series.Max(s => s.Times[^1]);
    }

    private static void AssertNear(DateTimeOffset expected, DateTimeOffset actual, TimeSpan tolerance, string what) =>
        Assert.True((actual - expected).Duration() <= tolerance, $"{what}: {actual:O} instead of {expected:O}");

    private static void AssertFollows(DateTimeOffset happened, DateTimeOffset told, string what, TimeSpan? within = null, TimeSpan before = default) =>
        Assert.True(told >= happened - before && told - happened <= (within ?? Scraped), $"{what}: told at {told:O}, happened at {happened:O}");

    private sealed record Change(string From, string To, string Reason) : IComparable<Change>
    {
        public int CompareTo(Change? other) => string.CompareOrdinal(ToString(), other?.ToString());
    }

    private sealed record Told(Change Change, DateTimeOffset At, TimeSpan? Wait, TimeSpan WaitBefore);
}
