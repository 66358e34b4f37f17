namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>Prometheus and the client counted the same, to the last one.</summary>
[Collection(SharedIncident.Name)]
public sealed class CounterTests(Incident incident)
{
    [Theory]
    [InlineData("http_server_request_duration_seconds_count", "http_route, http_response_status_code")]
    [InlineData("gateway_breaker_calls_total")]
    [InlineData("gateway_breaker_rejections_total")]
    [InlineData("gateway_breaker_transitions_total")]
    [InlineData("gateway_breaker_late_results_total")]
    [InlineData("gateway_breaker_operator_actions_total")]
    [InlineData("gateway_breaker_open_duration_seconds_count")]
    [InlineData("gateway_upstream_request_duration_seconds_count")]
    [InlineData("gateway_upstream_errors_total")]
    [InlineData("gateway_retries_total")]
    [InlineData("gateway_retry_budget_exhausted_total")]
    [InlineData("gateway_cluster_calls_refused_total")]
    [InlineData("gateway_aggregation_duration_seconds_count")]
    [InlineData("gateway_aggregation_fanout_count")]
    [InlineData("gateway_aggregation_fanout_sum")]
    [InlineData("gateway_aggregation_parts_total")]
    [InlineData("gateway_aggregation_shared_calls_total")]
    [InlineData("gateway_requests_rejected_total")]
    [InlineData("gateway_deprecated_requests_total")]
    [InlineData("gateway_compressed_responses_total")]
    [InlineData("gateway_rate_limit_requests_total")]
    [InlineData("gateway_rate_limit_partitions_dropped_total")]
    [InlineData("gateway_cache_requests_total")]
    [InlineData("gateway_cache_waits_total")]
    [InlineData("gateway_config_reloads_total")]
    [InlineData("gateway_log_lines_dropped_total")]
    public async Task Counter_AfterTheIncident_IsWhatTheClientCounted(string metric, string? by = null)
    {
        var series = await incident.Prometheus.QueryAsync(by is null ? metric : $"sum by ({by}) ({metric})", incident.End);

        // A series that the client knows nothing of has to be at 0.
        var expected = incident.Ledger.Of(metric);
        var counted = series.Where(s => s.Value != 0).Select(s => $"{s.Labels} {s.Value}");
        Assert.NotEmpty(series);
        Assert.Equal(
            expected.Select(entry => $"{entry.Key} {entry.Value}").Order(StringComparer.Ordinal),
            counted.Order(StringComparer.Ordinal));
    }
}
