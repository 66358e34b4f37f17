using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Telemetry;

/// <summary>The page as Prometheus gets it from a running gateway.</summary>
public partial class MetricsPageTests
{
    private static readonly string[] Causes = ["body", "bad_response", "connect", "gateway_error", "status_5xx", "timeout", "transport"];

    private static readonly (string From, string To)[] ModeChanges =
    [
        .. from to in (string[])["forced_open", "disabled", "metrics_only"]
           from @from in (string[])["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"]
           where @from != to
           select (@from, to),
        ("metrics_only", "closed"), ("metrics_only", "open"), ("metrics_only", "half_open"), ("forced_open", "closed"), ("disabled", "closed"),
    ];

    private static readonly string[] PartOutcomes =
    [
        "bad_encoding", "bad_framing", "bad_json", "bad_response", "bad_status", "body", "cancelled", "connect", "not_found", "success", "timeout",
        "too_deep", "too_large", "transport", "unavailable",
    ];

    [Fact]
    public async Task Page_BeforeTheFirstRequest_ShowsEverythingConfiguredAtZero()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);

        string[] expected =
        [
            "gateway_breaker_state{breaker=\"addEvent\",state=\"closed\"} 1",
            .. from state in (string[])["open", "half_open", "forced_open", "disabled", "metrics_only"]
               select $"gateway_breaker_state{{breaker=\"addEvent\",state=\"{state}\"}} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"closed\",reason=\"failure_threshold\",to=\"open\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"open\",reason=\"wait_over\",to=\"half_open\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"half_open\",reason=\"probe_failed\",to=\"open\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"half_open\",reason=\"probe_timeout\",to=\"open\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"half_open\",reason=\"probes_succeeded\",to=\"closed\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"closed\",reason=\"failure_ratio\",to=\"open\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"closed\",reason=\"slow_call_ratio\",to=\"open\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"open\",reason=\"reset\",to=\"closed\"} 0",
            "gateway_breaker_transitions_total{breaker=\"addEvent\",from=\"half_open\",reason=\"reset\",to=\"closed\"} 0",
            .. from change in ModeChanges
               select $"gateway_breaker_transitions_total{{breaker=\"addEvent\",from=\"{change.From}\",reason=\"mode_changed\",to=\"{change.To}\"}} 0",
            .. from cause in Causes select $"gateway_breaker_calls_total{{breaker=\"addEvent\",cause=\"{cause}\",outcome=\"failure\"}} 0",
            "gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"none\",outcome=\"success\"} 0",
            "gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"client_abort\",outcome=\"ignored\"} 0",
            "gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"gateway_error\",outcome=\"ignored\"} 0",
            "gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"local\",outcome=\"not_attempted\"} 0",
            "gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"open\"} 0",
            "gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"half_open\"} 0",
            "gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"forced_open\"} 0",
            "gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"metrics_only\"} 0",
            .. from outcome in (string[])["success", "failure", "ignored", "not_attempted"]
               select $"gateway_breaker_late_results_total{{breaker=\"addEvent\",outcome=\"{outcome}\"}} 0",
            "gateway_breaker_retry_after_seconds{breaker=\"addEvent\"} 0",
            "gateway_breaker_override_remaining_seconds{breaker=\"addEvent\"} 0",
            .. from action in (string[])["force_open", "disable", "metrics_only", "reset"]
               select $"gateway_breaker_operator_actions_total{{action=\"{action}\",breaker=\"addEvent\"}} 0",
            "gateway_breaker_window_failures{breaker=\"addEvent\"} 0",
            "gateway_breaker_failure_threshold{breaker=\"addEvent\"} 3",
            "gateway_breaker_backoff_step{breaker=\"addEvent\"} 0",
            "gateway_breaker_probes_in_flight{breaker=\"addEvent\"} 0",
            "gateway_upstream_connections{cluster=\"event-api\"} 0",
            .. from route in (string[])["getUsers", "getEvents", "addEvent", "eventsByUser"]
               from cause in Causes
               select $"gateway_upstream_errors_total{{cause=\"{cause}\",cluster=\"event-api\",route=\"{route}\"}} 0",
            .. from step in (string[])["user", "event"]
               from outcome in PartOutcomes
               select $"gateway_aggregation_parts_total{{aggregation=\"eventsByUser\",outcome=\"{outcome}\",step=\"{step}\"}} 0",
            "gateway_aggregation_in_flight{aggregation=\"eventsByUser\"} 0",
            .. from route in (string[])["getUsers", "getEvents", "addEvent", "eventsByUser", "none"]
               from reason in (string[])["validation", "media_type", "too_large", "method", "no_route", "overload", "auth", "rate_limit"]
               select $"gateway_requests_rejected_total{{reason=\"{reason}\",route=\"{route}\"}} 0",
            .. from result in (string[])["applied", "unchanged", "rejected"] select $"gateway_config_reloads_total{{result=\"{result}\"}} 0",
            "gateway_cache_entries 0",
            "gateway_cache_size_bytes 0",
            "gateway_cache_size_limit_bytes 67108864",
            "gateway_config_last_reload_successful 1",
            "gateway_log_lines_dropped_total 0",
        ];
        string[] changing =
        [
            "gateway_build_info", "gateway_config_info", "gateway_config_last_reload_success_timestamp_seconds",
            "gateway_breaker_state_since_timestamp_seconds",
        ];

        var lines = await LinesAsync(gateway, "gateway_");
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            lines.Where(line => !changing.Any(name => line.StartsWith(name, StringComparison.Ordinal))).Order(StringComparer.Ordinal));
        Assert.All(changing, name => Assert.Single(lines, line => line.StartsWith(name, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData("application/openmetrics-text;q=0,text/plain", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("nonsense", "text/plain; version=0.0.4; charset=utf-8")]
    public async Task Page_InTheFormatAskedFor_IsWellFormed(string? accept, string contentType)
    {
        await using var upstream = Answering("{\"events\":[1]}");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        await GetAsync(gateway, "/getUsers");
        await GetAsync(gateway, "/getEventsByUserId/1");

        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept is null ? [] : [accept]);
        using var response = await gateway.Client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(MediaTypeHeaderValue.Parse(contentType), response.Content.Headers.ContentType);
        AssertWellFormed(page, isOpenMetrics: contentType.StartsWith("application", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_Target_IsThisGatewayAndNoneOfItsLabelsIsThereTwice()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(
            upstream.Address, environment: new() { ["OTEL_RESOURCE_ATTRIBUTES"] = "site.name=a,site_name=b" });

        var line = Assert.Single(await LinesAsync(gateway, "target_info"));

        Assert.Matches(
            "^target_info\\{service_name=\"eventgateway\",service_version=\"[^\"]+\",site_name=\"a;b\",telemetry_sdk_language=\"dotnet\","
            + "telemetry_sdk_name=\"opentelemetry\",telemetry_sdk_version=\"[^\"]+\"\\} 1$",
            line);
    }

    [Fact]
    public async Task Page_AfterRequests_HasWhatTheyTookByRoute()
    {
        await using var upstream = Answering("{\"events\":[1,2,1]}");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        await GetAsync(gateway, "/getUsers");
        await GetAsync(gateway, "/getEventsByUserId/1");

        const string Proxied = "gateway_upstream_request_duration_seconds_count{cluster=\"event-api\",method=\"GET\",outcome=\"success\",route=\"getUsers\"}";
        Assert.Equal(1, await gateway.MetricAsync(Proxied));
        Assert.Equal(1, await gateway.MetricAsync("gateway_aggregation_duration_seconds_count{aggregation=\"eventsByUser\",result=\"success\"}"));
        Assert.Equal(3, await gateway.MetricAsync("gateway_aggregation_fanout_sum{aggregation=\"eventsByUser\"}"));
        Assert.Equal(2, await gateway.MetricAsync("gateway_aggregation_parts_total{aggregation=\"eventsByUser\",outcome=\"success\",step=\"event\"}"));
        Assert.Equal(0, await gateway.MetricAsync("gateway_aggregation_in_flight{aggregation=\"eventsByUser\"}"));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Page_AfterARequest_HasTheConnectionThatWaitsForTheNext(string path)
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        Assert.Equal(0, await gateway.MetricAsync("""gateway_upstream_connections{cluster="event-api"}"""));

        await GetAsync(gateway, path);
        Assert.Equal(1, await gateway.MetricAsync("""gateway_upstream_connections{cluster="event-api"}"""));
    }

    [Fact]
    public async Task Page_RefusedRequests_AreCountedByRouteAndReason()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        await GetAsync(gateway, "/nowhere");
        await GetAsync(gateway, "/getEventsByUserId/%ff");
        await GetAsync(gateway, "/addEvent");
        await PostAsync(gateway, "{}", "application/json");
        await PostAsync(gateway, "{}", "text/plain");
        await PostAsync(gateway, new string(' ', 65_537), "application/json");

        Assert.Equal(
            [
                "gateway_requests_rejected_total{reason=\"media_type\",route=\"addEvent\"} 1",
                "gateway_requests_rejected_total{reason=\"method\",route=\"none\"} 1",
                "gateway_requests_rejected_total{reason=\"no_route\",route=\"none\"} 1",
                "gateway_requests_rejected_total{reason=\"too_large\",route=\"addEvent\"} 1",
                "gateway_requests_rejected_total{reason=\"validation\",route=\"addEvent\"} 1",
                "gateway_requests_rejected_total{reason=\"validation\",route=\"eventsByUser\"} 1",
            ],
            (await LinesAsync(gateway, "gateway_requests_rejected_total{"))
                .Where(line => !line.EndsWith(" 0", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Labels_OfAStrangersRequests_AreNotTheStrangersWords()
    {
        await using var upstream = Answering("{\"events\":[\"mallory-item\"]}");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        string[] targets = ["/mallory", "/getUsers?mallory", "/getUsers/mallory", "/getEventsByUserId/mallory", "http://mallory.example/getUsers"];
        foreach (var method in (string[])["GET", "MALLORY", "get", "PROPFIND"])
        {
            foreach (var target in targets)
            {
                using var client = await RawClient.ConnectAsync(gateway.Port, TestContext.Current.CancellationToken);
                await client.SendAsync(
                    $"{method} {target} HTTP/1.1\r\nHost: mallory.example\r\nUser-Agent: mallory\r\nX-Correlation-Id: mallory\r\nConnection: close\r\n\r\n",
                    TestContext.Current.CancellationToken);
                await client.ReadToEndAsync(TestContext.Current.CancellationToken);
            }
        }

        var page = await PageAsync(gateway);
        Assert.DoesNotContain("mallory", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("PROPFIND", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\"get\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestMetrics_OfTheGatewaysOwnPages_AreNotKept()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        foreach (var path in (string[])["/health", "/ready", "/metrics"])
        {
            await GetAsync(gateway, path);
            using var head = new HttpRequestMessage(HttpMethod.Head, path);
            (await gateway.Client.SendAsync(head, TestContext.Current.CancellationToken)).Dispose();
        }

        Assert.Empty(await LinesAsync(gateway, "http_server_request_duration"));
        await GetAsync(gateway, "/getUsers");
        await Edits.UntilAsync(async () => (await LinesAsync(gateway, "http_server_request_duration_seconds_count{")).Length > 0);
        var line = Assert.Single(await LinesAsync(gateway, "http_server_request_duration_seconds_count{"));
        Assert.Contains("http_route=\"/getUsers\"", line, StringComparison.Ordinal);
        Assert.EndsWith(" 1", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfTwoGatewaysInOneProcess_HasOnlyItsOwnNumbers()
    {
        await using var upstream = Answering("[]");
        await using var one = await TestGateway.StartAsync(upstream.Address);
        await using var other = await TestGateway.StartAsync(upstream.Address);

        await GetAsync(one, "/nowhere");

        Assert.Equal(1, await one.MetricAsync("gateway_requests_rejected_total{reason=\"no_route\",route=\"none\"}"));
        Assert.Equal(0, await other.MetricAsync("gateway_requests_rejected_total{reason=\"no_route\",route=\"none\"}"));
    }

    [Fact]
    public async Task Series_OfAThingThatWasRemoved_AreGone()
    {
        await using var upstream = Answering("{\"events\":[]}");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        await GetAsync(gateway, "/getUsers");
        await GetAsync(gateway, "/getEventsByUserId/1");
        await PostAsync(gateway, "{\"name\":\"n\",\"userId\":1}", "application/json");
        Assert.NotEmpty(await CountersWithAsync(gateway, "addEvent"));

        await gateway.EditAsync(upstream.Address, root =>
        {
            root["ReverseProxy"]!["Routes"]!.AsObject().Remove("addEvent");
            root["CircuitBreakers"]!.AsObject().Clear();
            root["Aggregations"]!.AsObject().Clear();
        });

        Assert.Empty(await CountersWithAsync(gateway, "addEvent"));
        Assert.Empty(await CountersWithAsync(gateway, "eventsByUser"));
        Assert.NotEmpty(await CountersWithAsync(gateway, "getUsers"));
    }

    [Fact]
    public async Task Series_OfAThingThatCameBack_BeginAtZero()
    {
        await using var upstream = Answering("{}");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        await PostAsync(gateway, "{\"name\":\"n\",\"userId\":1}", "application/json");
        await gateway.EditAsync(upstream.Address, root =>
        {
            root["ReverseProxy"]!["Routes"]!.AsObject().Remove("addEvent");
            root["CircuitBreakers"]!.AsObject().Clear();
        });

        await gateway.EditAsync(upstream.Address, root => root["DrainDelay"] = "00:00:00");

        Assert.Equal(0, await gateway.MetricAsync("gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"none\",outcome=\"success\"}"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_state{breaker=\"addEvent\",state=\"closed\"}"));
    }

    // The SDK folds series beyond its limit into one, silently; a large file must not lose the last of its routes.
    [Fact]
    public async Task Page_OfManyRoutes_HasAllTheirSeries()
    {
        const int Routes = 400;
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address, root =>
        {
            for (var i = 1; i <= Routes; i++)
            {
                root["ReverseProxy"]!["Routes"]![$"route{i}"] =
                    new JsonObject { ["ClusterId"] = "event-api", ["Match"] = new JsonObject { ["Path"] = $"/route{i}" } };
            }
        });

        Assert.DoesNotContain("otel_metric_overflow", await PageAsync(gateway), StringComparison.Ordinal);
        Assert.Equal((Routes + 4) * Causes.Length, (await LinesAsync(gateway, "gateway_upstream_errors_total{")).Length);
        Assert.Equal((Routes + 5) * Enum.GetValues<RejectionReason>().Length, (await LinesAsync(gateway, "gateway_requests_rejected_total{")).Length);
    }

    [Fact]
    public async Task ConfigInfo_AfterAnEdit_NamesOnlyWhatServes()
    {
        await using var upstream = Answering("[]");
        await using var gateway = await TestGateway.StartAsync(upstream.Address);
        var before = Assert.Single(await LinesAsync(gateway, "gateway_config_info{"));

        await gateway.EditAsync(upstream.Address, root => root["DrainDelay"] = "00:00:00");

        Assert.NotEqual(before, Assert.Single(await LinesAsync(gateway, "gateway_config_info{")));
    }

    private static void AssertWellFormed(string page, bool isOpenMetrics)
    {
        var types = new Dictionary<string, string>();
        var series = new HashSet<string>();
        Assert.EndsWith("\n", page, StringComparison.Ordinal);
        Assert.Equal(isOpenMetrics, page.EndsWith("\n# EOF\n", StringComparison.Ordinal));
        foreach (var line in page.Replace("# EOF\n", "", StringComparison.Ordinal).Split('\n')[..^1])
        {
            if (Metadata().Match(line) is { Success: true } metadata)
            {
                Assert.True(metadata.Groups["key"].Value != "TYPE" || types.TryAdd(metadata.Groups["name"].Value, metadata.Groups["text"].Value), line);
                Assert.True(types.ContainsKey(metadata.Groups["name"].Value), line);
                continue;
            }

            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            Assert.True(series.Add(line[..line.LastIndexOf(' ')]), $"twice: {line}");
            Assert.Contains(sample.Groups["name"].Value, types.SelectMany(t => NamesOf(t.Key, t.Value, isOpenMetrics)));
        }
    }

    private static IEnumerable<string> NamesOf(string family, string type, bool isOpenMetrics) => type switch
    {
        "histogram" => [$"{family}_bucket", $"{family}_sum", $"{family}_count"],
        "counter" when isOpenMetrics => [$"{family}_total"],
        "info" when isOpenMetrics => [$"{family}_info"],
        "counter" or "gauge" => [family],
        _ => [],
    };

    private static RawUpstream Answering(string body) => RawUpstream.Start((_, connection) => connection.RespondAsync(body));

    private static Task<string> PageAsync(TestGateway gateway) => gateway.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

    private static async Task<string[]> LinesAsync(TestGateway gateway, string start) =>
        [.. (await PageAsync(gateway)).Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal))];

    // Histograms stay: what was observed was observed.
    private static async Task<IEnumerable<string>> CountersWithAsync(TestGateway gateway, string label) =>
        (await LinesAsync(gateway, "gateway_"))
            .Where(line => line.Contains($"=\"{label}\"", StringComparison.Ordinal) && !line.Contains("duration", StringComparison.Ordinal))
            .Where(line => !line.Contains("fanout", StringComparison.Ordinal));

    private static async Task GetAsync(TestGateway gateway, string path) =>
        (await gateway.Client.GetAsync(path, TestContext.Current.CancellationToken)).Dispose();

    private static async Task PostAsync(TestGateway gateway, string body, string mediaType)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, mediaType);
        (await gateway.Client.PostAsync("/addEvent", content, TestContext.Current.CancellationToken)).Dispose();
    }

    [GeneratedRegex("""^# (?<key>TYPE|HELP|UNIT) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.+)$""")]
    private static partial Regex Metadata();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\n"])*",?)*\})? (\+Inf|-Inf|NaN|-?[0-9.]+(E[+-][0-9]+)?)$""")]
    private static partial Regex Sample();
}
