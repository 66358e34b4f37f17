namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>What was seen of the incident while it went on, and what was left of it at the end.</summary>
[Collection(SharedIncident.Name)]
public sealed class GaugeTests(Incident incident)
{
    private const string AllScrapes = "10m";

    [Fact]
    public async Task BreakerState_DuringTheIncident_TellsItsStory()
    {
        var states = await incident.Prometheus.QueryAsync($"gateway_breaker_state[{AllScrapes}]", incident.End);
        Assert.Equal(
            ["closed", "disabled", "forced_open", "half_open", "metrics_only", "open"],
            states.Select(s => s.Labels["state"]).Order(StringComparer.Ordinal));

        var story = new List<string>();
        for (var scrape = 0; scrape < states[0].Values.Count; scrape++)
        {
            var state = Assert.Single(states, s => s.Values[scrape] == 1).Labels["state"];
            if (story.LastOrDefault() != state)
            {
                story.Add(state);
            }
        }

        Assert.Equal(["closed", "open", "half_open", "open", "half_open", "closed", "forced_open", "closed"], story);
    }

    [Theory]
    [InlineData("gateway_breaker_window_failures", 2, 3)]   // the third opens it: whether it is seen depends on the scrape
    [InlineData("gateway_breaker_failure_threshold", 3, 3)]
    [InlineData("gateway_breaker_backoff_step", 2, 2)]
    [InlineData("gateway_breaker_probes_in_flight", 1, 1)]
    [InlineData("gateway_breaker_retry_after_seconds", 0.001, Incident.WaitSeconds)]
    [InlineData("gateway_breaker_override_remaining_seconds", 1, Incident.OverrideSeconds)]
    [InlineData("gateway_cluster_calls_in_flight", Incident.Places, Incident.Places)]
    [InlineData("gateway_cluster_calls_queued", 1, 100)]   // those of calls at once may be seen as well
    [InlineData("gateway_aggregation_in_flight{aggregation='eventsByUser'}", 1, 10)]
    [InlineData("gateway_rate_limit_partitions", 1, 1)]
    [InlineData("gateway_upstream_connections{cluster='event-api'}", 1, 1_000)]
    [InlineData("gateway_cache_size_bytes", 512, 67_108_864)]
    [InlineData("gateway_config_last_reload_successful", 1, 1)]
    public async Task Gauge_DuringTheIncident_RoseTo(string selector, double least, double most)
    {
        var highest = Assert.Single(await incident.Prometheus.QueryAsync($"max_over_time({selector}[{AllScrapes}])", incident.End));
        Assert.InRange(highest.Value, least, most);
    }

    [Theory]
    [InlineData("gateway_breaker_state{state='closed'}", 1)]
    [InlineData("gateway_breaker_window_failures", 0)]
    [InlineData("gateway_breaker_failure_threshold", 3)]
    [InlineData("gateway_breaker_backoff_step", 0)]
    [InlineData("gateway_breaker_probes_in_flight", 0)]
    [InlineData("gateway_breaker_retry_after_seconds", 0)]
    [InlineData("gateway_breaker_failure_ratio_threshold", 1)]
    [InlineData("gateway_breaker_slow_call_ratio_threshold", 1)]
    [InlineData("gateway_breaker_minimum_calls", 1000)]
    [InlineData("gateway_breaker_override_remaining_seconds", 0)]
    [InlineData("gateway_cluster_calls_in_flight", 0)]
    [InlineData("gateway_cluster_calls_queued", 0)]
    [InlineData("gateway_cluster_calls_limit", Incident.Places)]
    [InlineData("gateway_cluster_queue_limit", 1000)]
    [InlineData("sum(gateway_aggregation_in_flight)", 0)]
    [InlineData("gateway_requests_in_flight", 0)]
    [InlineData("gateway_requests_queued", 0)]
    [InlineData("gateway_requests_limit", 12)]
    [InlineData("gateway_requests_queue_limit", 1000)]
    [InlineData("gateway_rate_limit_queued", 0)]
    [InlineData("gateway_cache_entries", 2)]
    [InlineData("gateway_cache_size_limit_bytes", 67_108_864)]
    [InlineData("gateway_config_last_reload_successful", 1)]
    [InlineData("gateway_tls_certificate_last_reload_successful", 1)]
    [InlineData("gateway_tls_certificate_not_after_timestamp_seconds", 2_208_988_800)]   // 2040-01-01
    [InlineData("count(gateway_config_info)", 1)]
    public async Task Gauge_AfterTheIncident_Is(string expression, double expected) =>
        Assert.Equal(expected, Assert.Single(await incident.Prometheus.QueryAsync(expression, incident.End)).Value);

    [Fact]
    public async Task ConfigInfo_AfterAnEdit_HasAnotherHash()
    {
        var hashes = await incident.Prometheus.QueryAsync($"last_over_time(gateway_config_info[{AllScrapes}])", incident.End);
        Assert.Equal(2, hashes.Select(s => s.Labels["hash"]).Distinct().Count());
    }

    [Fact]
    public async Task LastReloadTimestamp_AfterTheIncident_LiesWithinIt()
    {
        var reload = Assert.Single(await incident.Prometheus.QueryAsync("gateway_config_last_reload_success_timestamp_seconds", incident.End));
        Assert.InRange(reload.Value, incident.Begin.ToUnixTimeSeconds(), incident.End.ToUnixTimeSeconds() + 1);
    }

    [Fact]
    public async Task StateSince_AfterTheOperatorsReset_IsThatTime()
    {
        var since = Assert.Single(await incident.Prometheus.QueryAsync("gateway_breaker_state_since_timestamp_seconds", incident.End));
        var lastForced = Assert.Single(await incident.Prometheus.QueryAsync(
            $"max_over_time((timestamp(gateway_breaker_state{{state='forced_open'}}) and gateway_breaker_state == 1)[{AllScrapes}:1s])", incident.End));
        Assert.InRange(since.Value, lastForced.Value, incident.End.ToUnixTimeSeconds() + 1);
    }

    [Fact]
    public async Task OpenDuration_OfTwoWaits_IsTheirSum()
    {
        var seconds = Assert.Single(await incident.Prometheus.QueryAsync("gateway_breaker_open_duration_seconds_sum", incident.End));
        Assert.InRange(seconds.Value, 2 * Incident.WaitSeconds, 120);
    }
}
