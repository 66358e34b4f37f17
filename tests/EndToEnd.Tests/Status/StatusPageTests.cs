using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Testing;
using Microsoft.Playwright;

namespace EventGateway.EndToEnd.Tests.Status;

/// <summary>The status page as a person meets it, in a real browser.</summary>
public sealed partial class StatusPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private string _status = "200 OK";   // with which the upstream answers

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_AnIncident_IsToldFromItsBeginningToItsEnd()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address);
        var page = await browser.OpenAsync(gateway.Page);
        var breaker = page.GetByRole(AriaRole.Article, new() { Name = "addEvent" });
        var state = breaker.Locator(".badge");
        await Expect(state).ToHaveTextAsync("Closed");
        await Expect(Headline(page)).ToHaveTextAsync("All is well");

        _status = "500 Internal Server Error";
        await gateway.PostAsync();
        gateway.Advance();
        await Expect(breaker).ToContainTextAsync("1 of 3 in 30 s");

        await gateway.PostAsync();
        await gateway.PostAsync();
        Assert.Equal(503, await gateway.PostAsync());
        gateway.Advance();
        await Expect(state).ToHaveTextAsync("Open");
        await Expect(breaker).ToContainTextAsync("Refuses calls since 00:00:0");
        await Expect(breaker).ToContainTextAsync("too many calls failed. Next probe in");
        await Expect(breaker.Locator(".steer")).ToContainTextAsync("To close it now: eventgateway breaker addEvent reset --reason \"…\"");
        await Expect(Headline(page)).ToHaveTextAsync("1 problem");
        await Expect(page.Locator("#problems")).ToContainTextAsync("Circuit breaker addEvent is open; it has not been closed since 00:00:01.");
        await Expect(page.Locator("#news")).ToHaveTextAsync("Circuit breaker addEvent: Open.");
        await Expect(breaker).ToContainTextAsync("Last failurestatus 5xx (500), 1 s ago");
        await Expect(breaker.Locator("[data-field=rejections]")).ToHaveTextAsync("1 call");
        await Expect(breaker.GetByRole(AriaRole.Img)).ToHaveAttributeAsync("aria-label", new Regex("^The last hour: open 1 time"));
        await Expect(Row(page, "addEvent").Locator("[data-field=errors]")).ToHaveTextAsync("100 %");
        Assert.InRange(await CountdownAsync(breaker), 1, 9);

        gateway.Advance(5);
        await Expect(breaker.Locator("[data-field=countdown]")).ToHaveTextAsync(new Regex("^[0-4] s$"));
        gateway.Advance(5);   // the wait is over, and nobody has called
        await Expect(state).ToHaveTextAsync("Half-open");
        await Expect(breaker).ToContainTextAsync("the next call is the probe");

        await gateway.PostAsync();
        gateway.Advance();
        await Expect(state).ToHaveTextAsync("Open");
        await Expect(breaker).ToContainTextAsync("opened 2 times in a row");
        await Expect(page.Locator("#problems")).ToContainTextAsync("it has not been closed since 00:00:01.");
        Assert.InRange(await CountdownAsync(breaker), 10, 19);

        _status = "200 OK";
        gateway.Advance(20);
        await Expect(state).ToHaveTextAsync("Half-open");
        await gateway.PostAsync();
        gateway.Advance();
        await Expect(state).ToHaveTextAsync("Closed");
        await Expect(Headline(page)).ToHaveTextAsync("All is well");

        await breaker.Locator(".transitions summary").ClickAsync();
        await Expect(breaker.Locator(".transitions tbody tr")).ToHaveCountAsync(5);
        await Expect(breaker.Locator(".transitions tbody tr").First).ToContainTextAsync("half open → closedthe probe succeeded");
        await breaker.Locator(".failures summary").ClickAsync();
        await Expect(breaker.Locator(".failures tbody tr")).ToHaveCountAsync(4);
        await Expect(breaker.Locator(".failures tbody .trace").First).ToHaveTextAsync(new Regex("^[0-9a-f]{32}$"));
    }

    [Fact]
    public async Task Page_WithoutAMouse_OpensItsDetailsAndKeepsThemOpen()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address);
        _status = "500 Internal Server Error";
        await gateway.PostAsync();
        var page = await browser.OpenAsync(gateway.Page);
        var failures = page.Locator(".failures");
        await Expect(failures.Locator("tbody tr")).ToHaveCountAsync(1);

        await page.Keyboard.PressAsync("Tab");
        await Expect(failures.Locator("summary")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(failures.Locator("tbody tr")).ToBeVisibleAsync();

        await gateway.PostAsync();
        gateway.Advance();
        await Expect(failures.Locator("tbody tr")).ToHaveCountAsync(2);
        await Expect(failures.Locator("tbody tr").First).ToBeVisibleAsync();
        await Expect(failures.Locator("summary")).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Page_InEitherScheme_HasTheContrastOfWcagAA(ColorScheme scheme)
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address, edit: root =>
        {
            root["CircuitBreakers"]!["forced"] = new JsonObject { ["Mode"] = "ForcedOpen" };
            root["ReverseProxy"]!["Routes"]!["forced"] = JsonNode.Parse(
                """{ "ClusterId": "event-api", "Match": { "Path": "/forced" }, "Transforms": [ { "CircuitBreaker": "forced" } ] }""");
            WithPolicies(root);
        });
        await OutageAsync(gateway);
        _status = "500 Internal Server Error";
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync();
        }

        var page = await browser.OpenAsync(gateway.Page, scheme: scheme);
        await Expect(page.Locator("article[data-state=open]")).ToBeVisibleAsync();
        await Expect(page.Locator("#budgets .badge[data-state=exhausted]")).ToBeVisibleAsync();
        foreach (var summary in await page.Locator("summary:visible").AllAsync())
        {
            await summary.ClickAsync();
        }

        await AssertContrastAsync(page);

        gateway.Advance(10);
        await Expect(page.Locator("article[data-state=half_open]")).ToBeVisibleAsync();
        await AssertContrastAsync(page);
    }

    [Fact]
    public async Task Page_OnAPhone_NeedsNoScrollingSideways()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address, edit: WithPolicies);
        await OutageAsync(gateway);
        _status = "500 Internal Server Error";
        await gateway.PostAsync();
        var page = await browser.OpenAsync(gateway.Page, width: 390, height: 844);
        await Expect(page.Locator("#routes tbody tr")).ToHaveCountAsync(3);
        foreach (var summary in await page.Locator("summary:visible").AllAsync())
        {
            await summary.ClickAsync();
        }

        await Expect(page.Locator(".failures tbody tr")).ToBeVisibleAsync();
        Assert.Equal(390, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('section > .frame, article')].every(f => f.scrollWidth <= f.clientWidth)"));
    }

    [Fact]
    public async Task Page_TheGatewayStopsAndStarts_SaysSoAndIsLiveAgain()
    {
        await using var upstream = StartUpstream();
        var gateway = await WatchedGateway.StartAsync(upstream.Address);
        var page = await browser.OpenAsync(gateway.Page);
        var connection = page.Locator("#connection");
        await Expect(connection).ToHaveTextAsync("Live");

        await gateway.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);   // not the 30 s of running requests
        await Expect(connection).ToContainTextAsync("What you see is of");
        await Expect(page.Locator("#news")).ToHaveTextAsync("The gateway is stopping. Reconnecting.");
        await Expect(Headline(page)).ToHaveTextAsync("Not known: there is no word from the gateway");

        await using var next = await WatchedGateway.StartAsync(upstream.Address, port: gateway.Port);
        await Expect(connection).ToHaveTextAsync("Live");
        await Expect(page.Locator("#news")).ToHaveTextAsync("Connected again.");
        await Expect(Headline(page)).ToHaveTextAsync("All is well");
    }

    [Fact]
    public async Task Page_WithoutPolicies_HasNothingOfThem()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address);
        var page = await browser.OpenAsync(gateway.Page);
        await Expect(page.Locator("#routes tbody tr")).ToHaveCountAsync(3);
        foreach (var section in (string[])["#budgets", "#versions", "#cache"])
        {
            await Expect(page.Locator(section)).ToBeHiddenAsync();
        }

        Assert.Empty(await page.Locator("[data-field=policies]:visible, [data-field=stale]:visible").AllAsync());
    }

    [Fact]
    public async Task Page_WithPoliciesInAnOutage_TellsWhatTheyDoAndWhatIsUsedUp()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address, edit: WithPolicies);
        var page = await browser.OpenAsync(gateway.Page);
        var budget = page.Locator("#budgets tbody tr");
        await Expect(budget.Locator(".badge")).ToHaveTextAsync("1 left");
        await Expect(Row(page, "getUsers").Locator("[data-field=policies]")).ToHaveTextAsync("cache short: not asked; compressed: 0");
        await Expect(Headline(page)).ToHaveTextAsync("All is well");

        await OutageAsync(gateway);
        await Expect(budget.Locator(".badge")).ToHaveTextAsync("Exhausted");
        await Expect(budget).ToContainTextAsync("0 % of the calls of 10 s, or 1 where there are few");
        await Expect(budget).ToContainTextAsync("2 calls in 10 s, 1 tried again");
        await Expect(budget.Locator("[data-field=refused]")).ToHaveTextAsync("1");
        await Expect(Row(page, "getEvents").Locator("[data-field=policies]")).ToHaveTextAsync("tried again by reads: 1");
        await Expect(Row(page, "getUsers").Locator("[data-field=policies]")).ToHaveTextAsync("cache short: 33 % hits; compressed: 0");
        await Expect(Row(page, "getUsers").Locator("[data-field=stale]")).ToHaveTextAsync("1 stale answer in place of failures");
        await Expect(page.Locator("#problems")).ToContainTextAsync("getUsers serves stale answers, since its upstream fails.");
        await Expect(page.Locator("#problems")).ToContainTextAsync("Retry budget reads is exhausted");
        await Expect(page.Locator("#cache dd")).ToHaveTextAsync(new Regex("^[0-9]+ bytes of 64 MiB \\(<0.1 %\\), 1 entry$"));
        var versions = page.Locator("#versions tbody tr");
        await Expect(versions.First).ToHaveTextAsync(
            new Regex("oldpaths as they are written\\s*Deprecatedsince 1 November 2025, sunset is on 30 June 2027successor: v1\\s*5 requestsgetUsers 3, getEvents 2"));
        await Expect(versions.Last).ToHaveTextAsync(new Regex("v1below /v1\\s*Current"));

        gateway.Advance(30);
        await Expect(budget.Locator(".badge")).ToHaveTextAsync("1 left");
        await Expect(Row(page, "getEvents").Locator("[data-field=policies]")).ToHaveTextAsync("tried again by reads: 0 (1 since the start)");
        await Expect(Headline(page)).ToHaveTextAsync("All is well");
    }

    [Fact]
    public async Task Page_AForcedState_IsShownWithItsReasonUntilItEnds()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address);
        var page = await browser.OpenAsync(gateway.Page);
        var breaker = page.GetByRole(AriaRole.Article, new() { Name = "addEvent" });
        await Expect(breaker.Locator(".badge")).ToHaveTextAsync("Closed");
        await Expect(breaker.Locator(".override")).ToBeHiddenAsync();

        gateway.Services.GetRequiredService<BreakerOperator>().Act(
            gateway.Services.GetRequiredService<BreakerRegistry>()["addEvent"], OperatorVerb.ForceOpen, TimeSpan.FromMinutes(1), "the <b>disk</b> is full");
        gateway.Advance();
        await Expect(breaker.Locator(".badge")).ToHaveTextAsync("Forced open");
        await Expect(breaker.Locator(".override")).ToHaveTextAsync(new Regex("^“the <b>disk</b> is full” – until 00:01:00, for another 5[0-9] s$"));
        await Expect(breaker.Locator(".steer")).ToHaveTextAsync("To take this back: eventgateway breaker addEvent reset --reason \"…\"");
        await Expect(page.Locator("#problems")).ToContainTextAsync("Circuit breaker addEvent is forced open");
        Assert.Equal(503, await gateway.PostAsync());

        gateway.Advance(60);
        await Expect(breaker.Locator(".badge")).ToHaveTextAsync("Closed");
        await Expect(breaker.Locator(".override")).ToBeHiddenAsync();
        await breaker.Locator(".actions summary").ClickAsync();
        await Expect(breaker.Locator(".actions tbody tr")).ToContainTextAsync("force-open60 sthe <b>disk</b> is full");
    }

    [Fact]
    public async Task Page_MetricsOnly_TellsWhatWouldHaveBeenFromWhatWas()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address, edit: root => root["CircuitBreakers"]!["addEvent"]!["Mode"] = "MetricsOnly");
        _status = "500 Internal Server Error";
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(500, await gateway.PostAsync());   // not refused
        }

        var page = await browser.OpenAsync(gateway.Page);
        var breaker = page.GetByRole(AriaRole.Article, new() { Name = "addEvent" });
        await Expect(breaker.Locator(".badge")).ToHaveTextAsync("Metrics only");
        await breaker.Locator(".transitions summary").ClickAsync();
        await Expect(breaker.Locator(".transitions tbody tr")).ToContainTextAsync("would have gone closed → opentoo many calls failed");
    }

    [Fact]
    public async Task Page_AnAggregationWhosePartsFail_SaysOfWhichStepAndHow()
    {
        await using var upstream = RawUpstream.Start((request, connection) => request.Target.StartsWith("/getUserById", StringComparison.Ordinal)
            ? connection.RespondAsync("""{"events":["a","b","c"]}""")
            : connection.RespondAsync("{}", "503 Service Unavailable"));
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address, edit: root => root["Aggregations"]!["eventsByUser"]!["Mode"] = "Partial");
        var page = await browser.OpenAsync(gateway.Page);
        var row = page.Locator("#aggregations tbody tr");
        await Expect(row.Locator("[data-field=way]")).ToHaveTextAsync("of user, event; 0 in flight");

        Assert.Equal(502, await gateway.GetAsync("/getEventsByUserId/1"));
        gateway.Advance();
        await Expect(row.Locator("[data-field=way]")).ToHaveTextAsync("of user, event; 0 in flight; fan-out: median 3, most 3");
        await Expect(row.Locator("[data-field=parts]")).ToHaveTextAsync("failed parts: event 3 bad status");

        gateway.Advance(30);
        await Expect(row.Locator("[data-field=parts]")).ToHaveTextAsync("failed parts: event 0 bad status (3 since the start)");
    }

    [Fact]
    public async Task Page_ARefusedFile_ListsItsProblems()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address);
        var page = await browser.OpenAsync(gateway.Page);
        await Expect(Headline(page)).ToHaveTextAsync("All is well");

        var text = await File.ReadAllTextAsync(gateway.File, Token);
        await File.WriteAllTextAsync(gateway.File, text.Replace("\"FailureThreshold\": 3", "\"FailureThreshold\": 0", StringComparison.Ordinal), Token);
        var refused = page.Locator("#rejected li");
        for (var i = 0; i < 100 && !await refused.IsVisibleAsync(); i++)
        {
            gateway.Advance();
            await Task.Delay(50, Token);
        }

        await Expect(refused).ToContainTextAsync("FailureThreshold");
        await Expect(page.Locator("#problems")).ToContainTextAsync("The configuration file is refused since");
    }

    [Fact]
    public async Task Page_Loading_AsksNobodyElseAndBreaksNoRuleOfItsOwn()
    {
        await using var upstream = StartUpstream();
        await using var gateway = await WatchedGateway.StartAsync(upstream.Address);
        var page = await browser.OpenAsync("about:blank");
        var complaints = new List<string>();
        var requests = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(gateway.Page);
        await Expect(page.Locator("article")).ToHaveCountAsync(1);
        gateway.Advance();

        Assert.Empty(complaints);
        Assert.Equal([gateway.Page, $"{gateway.Page}/events"], requests.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)));
    }

    private RawUpstream StartUpstream() =>
        RawUpstream.Start((_, connection) => connection.RespondAsync("{}", _status, "Content-Type: application/json"));

    // One answer is kept, and one retry is allowed.
    private static void WithPolicies(JsonNode root)
    {
        root["OutputCachePolicies"] = JsonNode.Parse("""{ "short": { "Duration": "00:00:01", "StaleIfError": "00:10:00" } }""");
        root["RetryPolicies"] = JsonNode.Parse("""{ "reads": { "Budget": 0, "MinRetries": 1, "BaseDelay": "00:00:00" } }""");
        root["Versions"] = JsonNode.Parse(
            """{ "v1": { "Prefix": "/v1" }, "old": { "Prefix": "/", "Deprecated": { "Since": "2025-11-01", "Sunset": "2027-06-30", "Successor": "v1" } } }""");
        var routes = root["ReverseProxy"]!["Routes"]!;
        routes["getUsers"]!["Metadata"] = JsonNode.Parse("""{ "OutputCachePolicy": "short", "Compress": "true" }""");
        routes["getEvents"]!["Metadata"] = JsonNode.Parse("""{ "RetryPolicy": "reads" }""");
    }

    // A kept answer serves, fresh and stale, and a read fails in spite of the only retry.
    private async Task OutageAsync(WatchedGateway gateway)
    {
        Assert.Equal(200, await gateway.GetAsync("/getUsers"));
        Assert.Equal(200, await gateway.GetAsync("/getUsers"));
        gateway.Advance(2);
        _status = "503 Service Unavailable";
        Assert.Equal(200, await gateway.GetAsync("/getUsers"));
        Assert.Equal(503, await gateway.GetAsync("/getEvents"));
        Assert.Equal(503, await gateway.GetAsync("/getEvents"));
        gateway.Advance();
    }

    private static ILocator Headline(IPage page) => page.GetByRole(AriaRole.Heading, new() { Level = 2 }).First;

    private static ILocator Row(IPage page, string route) =>
        page.Locator("#routes tbody tr").Filter(new() { Has = page.GetByRole(AriaRole.Rowheader, new() { Name = route }) });

    private static ILocatorAssertions Expect(ILocator locator)
    {
        Assertions.SetDefaultExpectTimeout(20_000);
        return Assertions.Expect(locator);
    }

    private static async Task<int> CountdownAsync(ILocator breaker)
    {
        var text = await breaker.Locator("[data-field=countdown]").InnerTextAsync();
        return int.Parse(Seconds().Match(text).ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
    }

    // WCAG 2.2, 1.4.3: 4.5 to 1 for text.
    private static async Task AssertContrastAsync(IPage page) => Assert.Empty(await page.EvaluateAsync<string[]>(
        """
        () => {
          const numbers = color => color.match(/[\d.]+/g).map(Number);
          const light = color => numbers(color).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const solid = color => numbers(color)[3] === undefined || numbers(color)[3] === 1;
          const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (solid(c)) return c; } };
          return [...document.querySelectorAll('body *')]
            .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
            .map(e => {
              const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
              return { text: e.textContent.trim(), ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
            })
            .filter(e => e.ratio < 4.5).map(e => `${e.text}: ${e.ratio.toFixed(2)}`);
        }
        """));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Seconds();
}
