using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Deploy;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.EndToEnd.Tests.Prometheus;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Windows;

/// <summary>
/// An incident that is watched through all windows at once: the status page, the admin API, Prometheus with the dashboards' queries and the
/// alerts, the log, and a client that counts. It happens once for all tests that compare them.
/// </summary>
public sealed partial class WatchedIncident : IAsyncLifetime
{
    internal const string Breaker = "addEvent";
    internal const string OperatorReason = "deploy of the event API";
    internal const int FirstWaitSeconds = 2;   // the second is twice as long

    private const string File = "appsettings.json";
    private const string Token = "s3cret";

    private MockProcess? _mock;
    private GatewayProcess? _gateway;
    private HttpClient? _management;
    private StatusWindow? _page;
    private PrometheusServer? _prometheus;

    internal PrometheusServer Prometheus
    {
        get
        {
            Assert.SkipUnless(PrometheusServer.IsInstalled, PrometheusServer.Missing);
            return _prometheus!;
        }
    }

    internal DateTimeOffset Begin { get; private set; }

    internal DateTimeOffset End { get; private set; }

    /// <summary>Every report that the page was sent.</summary>
    internal IReadOnlyList<JsonNode> Reports { get; private set; } = [];

    /// <summary>Every line that the gateway wrote.</summary>
    internal IReadOnlyList<LogLine> Log { get; private set; } = [];

    /// <summary>What <c>/admin/breakers/addEvent</c> said at the end.</summary>
    internal JsonNode Admin { get; private set; } = new JsonObject();

    /// <summary>What <c>/admin/config</c> and <c>/ready</c> said while the file was refused.</summary>
    internal (JsonNode Config, JsonNode Ready) Refused { get; private set; }

    /// <summary>What <c>/ready</c> said while the operator held the breaker open.</summary>
    internal JsonNode ForcedReady { get; private set; } = new JsonObject();

    /// <summary>What the client got: the state in which it was refused, else the status.</summary>
    internal Dictionary<string, int> Answers { get; } = [];

    /// <summary>The ends of both waits, as the 503s and the admin API told them.</summary>
    internal List<Countdown>[] Told { get; } = [[], []];

    public async ValueTask InitializeAsync()
    {
        if (!PrometheusServer.IsInstalled)
        {
            return;
        }

        var port = FreePort.Find();
        _mock = await MockProcess.StartAsync();
        _gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Files = { [File] = Configuration() },
            Variables = { ["MANAGEMENT_PORT"] = port.ToString(CultureInfo.InvariantCulture), ["ADMIN_TOKEN"] = Token },
        });
        _management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        _prometheus = await PrometheusServer.StartAsync(_gateway.Port, For().Replace(Repository.Read(AlertTests.Rules), "for: 1s"));
        _page = new StatusWindow(_management);
        await _prometheus.ScrapeAsync();
        Begin = TimeProvider.System.GetUtcNow();

        await FailAsync();
        await OpenAsync(Told[0], refused: 4);
        await ProbeAsync("503");
        await OpenAsync(Told[1], refused: 2);
        await _mock.ResetAsync();
        await ProbeAsync("200");
        await ForceAsync();
        await RefuseFileAsync();

        await _prometheus.ScrapeAsync();
        await _prometheus.ScrapeAsync();   // the alerts look at what the first one brought
        End = TimeProvider.System.GetUtcNow();
        Admin = await GetAsync($"/admin/breakers/{Breaker}");
        Reports = _page.Reports;
        await _gateway.TerminateAsync();   // access lines are written a little later
        Log = [.. (await _gateway.WaitForExitAsync()).Output.Select(line => new LogLine(JsonNode.Parse(line)!))];
    }

    public async ValueTask DisposeAsync()
    {
        await (_page?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var process in new IAsyncDisposable?[] { _prometheus, _gateway, _mock })
        {
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        _management?.Dispose();
    }

    internal static JsonNode BreakerOf(JsonNode report) => report["breakers"]!.AsArray().Single(b => (string?)b!["name"] == Breaker)!;

    // Healthy, then two failures that everybody can see, and the third.
    private async Task FailAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("200", await PostAsync());
        }

        await _mock!.SetFaultsAsync("""{"addEvent":{"failureShare":1,"failure":"status","status":503}}""");
        Assert.Equal("503", await PostAsync());
        Assert.Equal("503", await PostAsync());
        await _prometheus!.UntilAsync("gateway_breaker_window_failures == 2");
        await _page!.UntilAsync(report => (int)BreakerOf(report)["failures"]! == 2);
        Assert.Equal("503", await PostAsync());
    }

    private async Task OpenAsync(List<Countdown> told, int refused)
    {
        for (var i = 0; i < refused; i++)
        {
            Assert.Equal("OPEN", await PostAsync(told));
        }

        var asked = TimeProvider.System.GetUtcNow();
        var status = (await GetAsync($"/admin/breakers/{Breaker}"))["breaker"]!;
        told.Add(Countdown.Of("/admin", asked, (double)status["retryAfterSeconds"]!));
        Assert.Equal("open", (string?)status["state"]);
        await _prometheus!.ScrapeAsync();
    }

    private async Task ProbeAsync(string answer)
    {
        await _page!.UntilAsync(report => (string?)BreakerOf(report)["state"] == "half_open");
        await _prometheus!.ScrapeAsync();   // what it has until then may be the half-open state before
        await _prometheus.ScrapeAsync();    // and a late one may be less than a second behind one of the open state
        Assert.Equal(answer, await PostAsync());
    }

    private async Task ForceAsync()
    {
        await _prometheus!.UntilAsync("gateway_breaker_state{state='closed'} == 1");
        await _page!.UntilAsync(report => (string?)BreakerOf(report)["state"] == "closed");
        using var change = CountingClient.Json($$"""{"reason":"{{OperatorReason}}","ttl":"3s"}""");
        using var forced = await _management!.PostAsync($"/admin/breakers/{Breaker}/force-open", change);
        forced.EnsureSuccessStatusCode();
        Assert.Equal("FORCED_OPEN", await PostAsync());
        Assert.Equal("FORCED_OPEN", await PostAsync());
        ForcedReady = (await _gateway!.GetJsonAsync("/ready")).Body;
        await _prometheus.UntilAsync("gateway_breaker_state{state='forced_open'} == 1");

        // Nobody calls while it ends.
        await _page.UntilAsync(report => (string?)BreakerOf(report)["state"] == "closed");
        await _prometheus.UntilAsync("gateway_breaker_state{state='closed'} == 1");
    }

    private async Task RefuseFileAsync()
    {
        _gateway!.Edit(File, Configuration(root =>
        {
            root["CircuitBreakers"]![Breaker]!["FailureThreshold"] = 0;
            root["CircuitBreakers"]![Breaker]!["Jitter"] = 2;
        }));
        await _prometheus!.UntilAsync("gateway_config_last_reload_successful == 0");
        await _page!.UntilAsync(report => report["configuration"]!["rejected"] is not null);
        Refused = (await GetAsync("/admin/config"), (await _gateway.GetJsonAsync("/ready")).Body);
        await _prometheus.UntilAsync("ALERTS{alertname='ConfigReloadFailed',alertstate='firing'}");

        _gateway.Edit(File, Configuration());
        await _prometheus.UntilAsync("gateway_config_last_reload_successful == 1");
        await _page.UntilAsync(report => report["configuration"]!["rejected"] is null);
    }

    private async Task<string> PostAsync(List<Countdown>? told = null)
    {
        using var content = CountingClient.Json("""{"name":"Incident","userId":"2"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/addEvent") { Content = content };
        request.Headers.Add("traceparent", $"00-{Guid.NewGuid():N}-b7ad6b7169203331-01");   // each belongs to a trace of its own
        using var response = await _gateway!.Client.SendAsync(request);
        var at = TimeProvider.System.GetUtcNow();
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        if (response.Headers.RetryAfter?.Delta is { } delta)
        {
            told?.Add(new Countdown("Retry-After", at + delta - TimeSpan.FromSeconds(1), at + delta));
        }

        var answer = (string?)body["circuitBreakerState"] ?? ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        Answers[answer] = Answers.GetValueOrDefault(answer) + 1;
        return answer;
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _management!.GetStringAsync(path))!;

    private string Configuration(Action<JsonNode>? edit = null) => ShippedFile.Edited(root =>
    {
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = _mock!.Address;
        var breaker = root["CircuitBreakers"]![Breaker]!;
        breaker["ResetTimeout"] = $"00:00:0{FirstWaitSeconds}";
        breaker["Jitter"] = 0;
        edit?.Invoke(root);
    });

    [GeneratedRegex(@"(?<=\s)for: \w+")]
    private static partial Regex For();
}
