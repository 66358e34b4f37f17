using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>
/// An incident with everything in it, seen by a real Prometheus: traffic, a failing upstream, an open breaker, probes, recovery, a queue for an
/// upstream that hangs, an operator's override, edits of the configuration. It happens once for all tests that look at it.
/// </summary>
public sealed class Incident : IAsyncLifetime
{
    /// <summary>How long the breaker stays open, each time.</summary>
    internal const int WaitSeconds = 5;

    /// <summary>Calls that the cluster takes at once.</summary>
    internal const int Places = 8;

    /// <summary>How long the operator's override would hold.</summary>
    internal const int OverrideSeconds = 600;

    private const string Token = "s3cret";
    private const string File = "appsettings.json";
    private const string CertificateFile = "tls.pem";
    private const string Partial = "eventsByUserPartial";
    private const string PartialPath = "/getEventsByUserIdPartial";
    private const string Shared = "eventsByUserShared";
    private const string SharedPath = "/getEventsByUserIdShared";
    private const int UserWithTwoEvents = 1;
    private const int UserWithOneEvent = 3;

    private MockProcess? _mock;
    private GatewayProcess? _gateway;
    private PrometheusServer? _prometheus;

    internal PrometheusServer Prometheus
    {
        get
        {
            Assert.SkipUnless(PrometheusServer.IsInstalled, PrometheusServer.Missing);
            return _prometheus!;
        }
    }

    /// <summary>What the client counted.</summary>
    internal Ledger Ledger { get; } = new();

    internal DateTimeOffset Begin { get; private set; }

    /// <summary>All is well again, and has been scraped.</summary>
    internal DateTimeOffset End { get; private set; }

    /// <summary>What <c>/metrics</c> said at the end, without an <c>Accept</c>.</summary>
    internal string Page { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (!PrometheusServer.IsInstalled)
        {
            return;
        }

        _mock = await MockProcess.StartAsync();
        var managementPort = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        _gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Files = { [File] = Configuration(), [CertificateFile] = Certificate() },
            Variables = { ["MANAGEMENT_PORT"] = managementPort, ["ADMIN_TOKEN"] = Token },
        });
        using var operating = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{managementPort}"),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
        };
        _prometheus = await PrometheusServer.StartAsync(_gateway.Port);
        var client = new CountingClient(_gateway, Ledger);

        // A histogram appears with its first observation, and a rate is seen from the second scrape on.
        await client.ReadAsync("getUsers");
        await _prometheus.ScrapeAsync();
        Begin = TimeProvider.System.GetUtcNow();

        await HealthyAsync(client);
        await RefusedAsync(client);
        CountRates();
        await client.ReadAsync("getUsers", prefix: "/v0");
        Ledger.Count("gateway_deprecated_requests_total", ("version", "v0"), ("route", "getUsers"));
        await ReadsFailAsync(client);
        await RetriedAsync(client);
        await WritesFailAsync(client);
        await RecoverAsync(client);
        await CompressedAsync(client);
        await QueueAsync(client);
        await OverrideAsync(client, operating);
        await ReloadAsync();

        await _prometheus.ScrapeAsync();
        End = TimeProvider.System.GetUtcNow();
        Page = await _gateway.Client.GetStringAsync("/metrics");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new IAsyncDisposable?[] { _prometheus, _gateway, _mock })
        {
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static async Task HealthyAsync(CountingClient client)
    {
        // Calls at once: some of them have to wait for a new connection.
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ByUserAsync(client, UserWithTwoEvents, 2)));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => client.ReadAsync(i % 2 == 0 ? "getUsers" : "getEvents")));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.AddEventAsync()));
    }

    private static async Task RefusedAsync(CountingClient client)
    {
        await client.SendRefusedAsync(HttpMethod.Post, "/addEvent", "addEvent", "validation", CountingClient.Json("{}"));
        await client.SendRefusedAsync(HttpMethod.Post, "/addEvent", "addEvent", "validation", CountingClient.Json("no JSON"));
        await client.SendRefusedAsync(HttpMethod.Post, "/addEvent", "addEvent", "media_type", new StringContent("text"));
        var large = new ByteArrayContent(new byte[70_000]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        await client.SendRefusedAsync(HttpMethod.Post, "/addEvent", "addEvent", "too_large", large);
        await client.SendRefusedAsync(HttpMethod.Delete, "/getUsers", "none", "method");
        await client.SendRefusedAsync(HttpMethod.Get, "/nowhere", "none", "no_route");
        await client.SendRefusedAsync(HttpMethod.Get, "/members", "members", "auth");
        await client.ReadAsync("limited");
        await client.SendRefusedAsync(HttpMethod.Get, "/limited", "limited", "rate_limit");
        await client.ReadAsync("kept");
        await client.ReadKeptAsync("kept");
        await client.ReadAsync("spare");
    }

    private void CountRates()
    {
        Ledger.Count("gateway_rate_limit_requests_total", ("policy", "perClient"), ("result", "permitted"));
        Ledger.Count("gateway_rate_limit_requests_total", ("policy", "perClient"), ("result", "refused"));
        Ledger.Count("gateway_cache_requests_total", ("route", "kept"), ("result", "miss"));
        Ledger.Count("gateway_cache_requests_total", ("route", "kept"), ("result", "hit"));
        Ledger.Count("gateway_cache_requests_total", ("route", "spare"), ("result", "miss"));
    }

    private async Task ReadsFailAsync(CountingClient client)
    {
        await _mock!.SetFaultsAsync("""{"getUsers":{"failureShare":1,"failure":"reset"},"getEventById":{"failureShare":1,"failure":"status","status":500}}""");
        await client.ReadAsync("getUsers", "transport");
        await client.ReadAsync("getUsers", "transport");
        await ByUserAsync(client, UserWithOneEvent, 1);

        // A share of the parts: whether both, one or none of them fails is the mock's dice. The client counts what it sees.
        await _mock.SetFaultsAsync("""{"getEventById":{"failureShare":0.5}}""");
        for (var i = 0; i < 100 && !await client.AggregateAsync(Partial, PartialPath, UserWithTwoEvents, 2); i++)
        {
        }

        await _mock.ResetAsync();
        await HoldAggregationAsync(client);
        await ShareAsync(client);
    }

    // Somebody looks while it runs.
    private async Task HoldAggregationAsync(CountingClient client)
    {
        await _mock!.SetFaultsAsync("""{"getUserById":{"failureShare":1,"failure":"stallHeaders"}}""");
        await client.AbandonAggregationAsync("eventsByUser", "/getEventsByUserId", UserWithTwoEvents, () =>
            _prometheus!.UntilAsync("gateway_aggregation_in_flight{aggregation='eventsByUser'} == 1"));
        await _prometheus!.UntilAsync("gateway_aggregation_in_flight{aggregation='eventsByUser'} == 0");
        await _mock.ResetAsync();
    }

    // Two ask the same at once: that is one call.
    private async Task ShareAsync(CountingClient client)
    {
        await _mock!.SetFaultsAsync("""{"getUserById":{"failureShare":1,"failure":"stallHeaders"}}""");
        var seen = new TaskCompletionSource();
        var waiting = new[] { 1, 0 }.Select(calls => client.AbandonAggregationAsync(Shared, SharedPath, UserWithTwoEvents, () => seen.Task, calls)).ToList();
        await _prometheus!.UntilAsync("gateway_aggregation_shared_calls_total == 1");
        Ledger.Count("gateway_aggregation_shared_calls_total", ("aggregation", Shared), ("step", "user"));
        seen.SetResult();
        await Task.WhenAll(waiting);
        await _prometheus.UntilAsync($"gateway_aggregation_in_flight{{aggregation='{Shared}'}} == 0");
        await _mock.ResetAsync();
    }

    // There is budget for one.
    private async Task RetriedAsync(CountingClient client)
    {
        await _mock!.SetFaultsAsync("""{"getEvents":{"failureShare":1,"failure":"status","status":503}}""");
        await client.ReadAsync("retried", "status_5xx", attempts: 2);
        Ledger.Count("gateway_retries_total", ("route", "retried"), ("reason", "status"));
        await client.ReadAsync("retried", "status_5xx");
        Ledger.Count("gateway_retry_budget_exhausted_total", ("policy", "reads"));
        await client.ReadAsync("spare", "status_5xx");
        Ledger.Count("gateway_cache_requests_total", ("route", "spare"), ("result", "stale"));
        await _mock.ResetAsync();
    }

    private async Task WritesFailAsync(CountingClient client)
    {
        await _mock!.SetFaultsAsync("""{"addEvent":{"failureShare":1,"failure":"status","status":503}}""");
        await client.AddEventAsync();
        await client.AddEventAsync();
        await _prometheus!.UntilAsync("gateway_breaker_window_failures == 2");
        await client.AddEventAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("OPEN", await client.AddEventAsync());
        }

        await _prometheus.UntilAsync("gateway_breaker_state{state='open'} == 1 and on (breaker) gateway_breaker_retry_after_seconds > 0");
        await TransitAsync("closed", "open", "failure_threshold");
    }

    private async Task RecoverAsync(CountingClient client)
    {
        // The first probe is held: others are refused. Its client leaves: it proves nothing.
        await _mock!.SetFaultsAsync("""{"addEvent":{"failure":"stallHeaders"}}""");
        await _prometheus!.UntilAsync("gateway_breaker_state{state='half_open'} == 1");
        await client.AbandonEventAsync(async () =>
        {
            await _prometheus.UntilAsync("gateway_breaker_probes_in_flight == 1");
            Assert.Equal("HALF_OPEN", await client.AddEventAsync());
            Assert.Equal("HALF_OPEN", await client.AddEventAsync());
        });
        await TransitAsync("open", "half_open", "wait_over");
        await _prometheus.UntilAsync("gateway_breaker_probes_in_flight == 0");

        // The second fails.
        await _mock.SetFaultsAsync("""{"addEvent":{"failure":"status"}}""");
        Assert.Null(await client.AddEventAsync());
        await _prometheus.UntilAsync("gateway_breaker_state{state='open'} == 1 and on (breaker) gateway_breaker_backoff_step == 2");
        await TransitAsync("half_open", "open", "probe_failed");

        // The third succeeds.
        await _mock.ResetAsync();
        await _prometheus.UntilAsync("gateway_breaker_state{state='half_open'} == 1");
        Assert.Null(await client.AddEventAsync());
        await TransitAsync("open", "half_open", "wait_over");
        await TransitAsync("half_open", "closed", "probes_succeeded");
        await HealthyAsync(client);
    }

    // Smaller lists stay as they are.
    private async Task CompressedAsync(CountingClient client)
    {
        Assert.Null(await client.AddEventAsync($$"""{"name":"{{new string('x', 1500)}}","userId":"2"}"""));
        await client.ReadAsync("packed", coding: "br");
        Ledger.Count("gateway_compressed_responses_total", ("route", "packed"), ("coding", "br"));
    }

    // The upstream hangs: all places are held, the next call waits for one and is refused in the end. Then those that hold them leave.
    private async Task QueueAsync(CountingClient client)
    {
        await _mock!.SetFaultsAsync("""{"getUsers":{"failureShare":1,"failure":"stallHeaders"}}""");
        var late = new TaskCompletionSource();
        var holding = Enumerable.Range(0, Places).Select(_ => client.AbandonReadAsync("getUsers", () => late.Task)).ToList();
        await _prometheus!.UntilAsync($"gateway_cluster_calls_in_flight == {Places}");
        var refused = client.SendRefusedAsync(HttpMethod.Get, "/getUsers", "getUsers", "overload");
        await _prometheus.UntilAsync("gateway_cluster_calls_queued == 1");
        await refused;
        Ledger.Count("gateway_cluster_calls_refused_total", ("cluster", "event-api"));
        late.SetResult();
        await Task.WhenAll(holding);
        await _prometheus.UntilAsync("gateway_cluster_calls_in_flight == 0");
        await _mock.ResetAsync();
    }

    private async Task OverrideAsync(CountingClient client, HttpClient operating)
    {
        await TellAsync(operating, "force-open", $$"""{"reason":"deploy of the event API","ttl":"{{OverrideSeconds}}s"}""");
        Assert.Equal("FORCED_OPEN", await client.AddEventAsync());
        await TransitAsync("closed", "forced_open", "mode_changed");
        await _prometheus!.UntilAsync("gateway_breaker_override_remaining_seconds > 0");

        await TellAsync(operating, "reset", """{"reason":"deploy done"}""");
        Assert.Null(await client.AddEventAsync());
        await TransitAsync("forced_open", "closed", "mode_changed");
    }

    private async Task TellAsync(HttpClient operating, string action, string body)
    {
        using var content = CountingClient.Json(body);
        using var answer = await operating.PostAsync($"/admin/breakers/addEvent/{action}", content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Ledger.Count("gateway_breaker_operator_actions_total", ("breaker", "addEvent"), ("action", action.Replace('-', '_')));
    }

    private async Task ReloadAsync()
    {
        var edited = Configuration(totalTimeout: "00:00:11");
        await EditAsync(edited, "applied");
        await EditAsync("{", "rejected");
        await _prometheus!.UntilAsync("gateway_config_last_reload_successful == 0");
        await EditAsync(edited, "unchanged");
        await _prometheus.UntilAsync("gateway_config_last_reload_successful == 1");
    }

    private async Task EditAsync(string text, string result)
    {
        _gateway!.Edit(File, text);
        Ledger.Count("gateway_config_reloads_total", ("result", result));
        await _prometheus!.UntilAsync($"gateway_config_reloads_total{{result='{result}'}} == 1");
    }

    private async Task TransitAsync(string from, string to, string reason)
    {
        Ledger.Count("gateway_breaker_transitions_total", ("breaker", "addEvent"), ("from", from), ("to", to), ("reason", reason));
        if (from == "open")
        {
            Ledger.Count("gateway_breaker_open_duration_seconds_count", ("breaker", "addEvent"));
        }

        await _prometheus!.UntilAsync($"gateway_breaker_transitions_total{{from='{from}',to='{to}',reason='{reason}'}} > 0");
    }

    private static Task<bool> ByUserAsync(CountingClient client, int user, int events) =>
        client.AggregateAsync("eventsByUser", "/getEventsByUserId", user, events);

    private static string Certificate()
    {
        var certificate = TestCertificate.Create();
        return certificate.Pem + certificate.KeyPem;
    }

    // As shipped, but for shorter waits, rules and limits of which there is something to see, a second aggregation that takes what it gets, and a third that shares.
    private string Configuration(string totalTimeout = "00:00:10") => ShippedFile.Edited(root =>
    {
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = _mock!.Address;
        root["Https"] = new JsonObject { ["Port"] = 0, ["Certificate"] = new JsonObject { ["Path"] = CertificateFile } };
        var breaker = root["CircuitBreakers"]!["addEvent"]!;
        breaker["ResetTimeout"] = $"00:00:0{WaitSeconds}";
        breaker["MaxResetTimeout"] = $"00:00:0{WaitSeconds}";
        breaker["Jitter"] = 0;

        // Rules that show in the metrics and never open it here.
        breaker["FailureRatio"] = 1;
        breaker["SlowCallDuration"] = "00:00:30";
        breaker["SlowCallRatio"] = 1;
        breaker["MinimumCalls"] = 1000;

        // Few places, so that calls made at once have to wait for each other, and room for all that wait.
        root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] = new JsonObject
        {
            ["MaxConcurrentCalls"] = Places.ToString(CultureInfo.InvariantCulture),
            ["MaxQueuedCalls"] = "1000",
            ["QueueTimeout"] = "00:00:05",
        };
        // A route that asks who its clients are.
        root["Authentication"] = JsonNode.Parse($$"""{ "ApiKeys": { "Keys": { "cron": { "Hashes": [ "sha256:{{new string('0', 64)}}" ] } } } }""");
        root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ] } }""");
        root["ReverseProxy"]!["Routes"]!["members"] = JsonNode.Parse(
            """{ "ClusterId": "event-api", "Match": { "Path": "/members" }, "AuthorizationPolicy": "members" }""");

        root["Limits"] = JsonNode.Parse("""{ "MaxConcurrentRequests": 12, "MaxQueuedRequests": 1000, "QueueTimeout": "00:00:05" }""");

        // One request of each client, and never another.
        root["RateLimiterPolicies"] = JsonNode.Parse("""{ "perClient": { "Kind": "FixedWindow", "PermitLimit": 1, "Window": "1.00:00:00" } }""");
        root["ReverseProxy"]!["Routes"]!["limited"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api", "Match": { "Path": "/limited" }, "Transforms": [ { "PathSet": "/getUsers" } ],
              "RateLimiterPolicy": "perClient"
            }
            """);

        root["RetryPolicies"] = JsonNode.Parse("""{ "reads": { "Budget": 0, "MinRetries": 1, "BudgetWindow": "00:05:00" } }""");
        root["ReverseProxy"]!["Routes"]!["retried"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api", "Match": { "Path": "/retried" }, "Transforms": [ { "PathSet": "/getEvents" } ],
              "Metadata": { "RetryPolicy": "reads" }
            }
            """);
        root["ReverseProxy"]!["Routes"]!["packed"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api", "Match": { "Path": "/packed" }, "Transforms": [ { "PathSet": "/getEvents" } ],
              "Metadata": { "Compress": "true" }
            }
            """);
        root["Versions"] = JsonNode.Parse("""{ "v0": { "Prefix": "/v0", "Deprecated": { "Since": "2026-11-01" } } }""");
        // Asked for once, and then known; and asked for each time, but known where the upstream fails.
        root["OutputCachePolicies"] = JsonNode.Parse(
            """{ "long": { "Duration": "1.00:00:00" }, "spare": { "Duration": "00:00:00.001", "StaleIfError": "1.00:00:00" } }""");
        root["ReverseProxy"]!["Routes"]!["spare"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api", "Match": { "Path": "/spare" }, "Transforms": [ { "PathSet": "/getEvents" } ],
              "Metadata": { "OutputCachePolicy": "spare" }
            }
            """);
        root["ReverseProxy"]!["Routes"]!["kept"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api", "Match": { "Path": "/kept" }, "Transforms": [ { "PathSet": "/getUsers" } ],
              "Metadata": { "OutputCachePolicy": "long" }
            }
            """);
        var aggregations = root["Aggregations"]!.AsObject();
        aggregations["eventsByUser"]!["TotalTimeout"] = totalTimeout;
        var partial = aggregations["eventsByUser"]!.DeepClone();
        partial["Match"]!["Path"] = PartialPath + "/{id}";
        partial["Mode"] = "Partial";
        aggregations[Partial] = partial;
        var shared = aggregations["eventsByUser"]!.DeepClone();
        shared["Match"]!["Path"] = SharedPath + "/{id}";
        shared["Steps"]![0]!["ShareCalls"] = true;
        aggregations[Shared] = shared;
    });
}

/// <summary>The tests that look at the same incident.</summary>
[CollectionDefinition(Name)]
public sealed class SharedIncident : ICollectionFixture<Incident>
{
    public const string Name = "Incident";
}
