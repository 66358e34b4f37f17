using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.CircuitBreaking;

/// <summary>The operator's modes, set by edits of the running gateway's file.</summary>
public sealed class BreakerModeTests : IAsyncDisposable
{
    private readonly RawUpstream _upstream;
    private Func<RawConnection, Task> _answer = connection => connection.RespondAsync("{}");

    public BreakerModeTests() => _upstream = RawUpstream.Start((_, connection) => _answer(connection));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task ForcedOpen_ByAnEdit_RejectsFromThenOnUntilTheNext()
    {
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(gateway)).Status);

        await SetModeAsync(gateway, "ForcedOpen");

        var (status, retryAfter, body) = await PostAsync(gateway);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(60)), (status, retryAfter));
        Assert.Equal(("circuit_open", "FORCED_OPEN", 60), ((string?)body["code"], (string?)body["circuitBreakerState"], (int?)body["retryAfter"]));
        Assert.Single(_upstream.Requests);
        Assert.Equal(1, await StateAsync(gateway, "forced_open"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"forced_open\"}"));
        Assert.Equal(1, await TransitionsAsync(gateway, "closed", "forced_open", "mode_changed"));
        var ready = await ReadyAsync(gateway);
        var reason = Assert.Single(ready["reasons"]!.AsArray())!;
        Assert.Equal(
            ("degraded", "breaker:addEvent", "forced_open"), ((string?)ready["status"], (string?)reason["component"], (string?)reason["reason"]));

        await SetModeAsync(gateway, "Automatic");

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(gateway)).Status);
        Assert.Equal(1, await TransitionsAsync(gateway, "forced_open", "closed", "mode_changed"));
        Assert.Equal("ready", (string?)(await ReadyAsync(gateway))["status"]);
    }

    [Fact]
    public async Task ForcedOpen_WhileOpenWithACallInFlight_TheCallEndsAndTeachesNothing()
    {
        await using var gateway = await StartAsync();
        var held = new Gate();
        _answer = async connection =>
        {
            await held.PassAsync(connection.Stopping);
            await connection.RespondAsync("{}", "500 Internal Server Error");
        };
        var inFlight = PostAsync(gateway);
        await held.Arrived;
        await FailAsync(gateway, 3);
        Assert.Equal(1, await StateAsync(gateway, "open"));

        await SetModeAsync(gateway, "ForcedOpen");
        held.Open();

        Assert.Equal(HttpStatusCode.InternalServerError, (await inFlight).Status);
        Assert.Equal("FORCED_OPEN", (string?)(await PostAsync(gateway)).Body["circuitBreakerState"]);
        Assert.Equal(1, await TransitionsAsync(gateway, "open", "forced_open", "mode_changed"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_breaker_late_results_total{breaker=\"addEvent\",outcome=\"failure\"}"));

        await SetModeAsync(gateway, "Automatic");
        Assert.Equal(1, await StateAsync(gateway, "closed"));
        Assert.Equal(0, await gateway.MetricAsync("gateway_breaker_window_failures{breaker=\"addEvent\"}"));
        Assert.Equal(0, await gateway.MetricAsync("gateway_breaker_backoff_step{breaker=\"addEvent\"}"));
        _answer = connection => connection.RespondAsync("{}");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(gateway)).Status);
    }

    [Fact]
    public async Task Disabled_UpstreamFails_EveryCallPassesAndNoneIsCounted()
    {
        await using var gateway = await StartAsync();
        await SetModeAsync(gateway, "Disabled");

        await FailAsync(gateway, 5);

        Assert.Equal(5, _upstream.Requests.Count);
        Assert.Equal(1, await StateAsync(gateway, "disabled"));
        Assert.Equal(0, await gateway.MetricAsync("gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"status_5xx\",outcome=\"failure\"}"));
        Assert.Equal("ready", (string?)(await ReadyAsync(gateway))["status"]);
    }

    [Fact]
    public async Task MetricsOnly_UpstreamFails_EveryCallPassesAndTheMetricsTellWhatWouldHaveBeen()
    {
        await using var gateway = await StartAsync();
        await SetModeAsync(gateway, "MetricsOnly");

        await FailAsync(gateway, 5);

        Assert.Equal(5, _upstream.Requests.Count);
        Assert.Equal(1, await StateAsync(gateway, "metrics_only"));
        Assert.Equal(1, await TransitionsAsync(gateway, "closed", "open", "failure_threshold"));
        Assert.Equal(2, await gateway.MetricAsync("gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"metrics_only\"}"));
        Assert.Equal(0, await gateway.MetricAsync("gateway_breaker_rejections_total{breaker=\"addEvent\",state=\"open\"}"));
        Assert.Equal(5, await gateway.MetricAsync("gateway_breaker_calls_total{breaker=\"addEvent\",cause=\"status_5xx\",outcome=\"failure\"}"));
        Assert.Equal("ready", (string?)(await ReadyAsync(gateway))["status"]);

        await SetModeAsync(gateway, "Automatic");

        Assert.Equal("OPEN", (string?)(await PostAsync(gateway)).Body["circuitBreakerState"]);
        Assert.Equal(1, await TransitionsAsync(gateway, "metrics_only", "open", "mode_changed"));
    }

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(_upstream.Address);

    private Task SetModeAsync(TestGateway gateway, string mode) =>
        gateway.EditAsync(_upstream.Address, root => root["CircuitBreakers"]!["addEvent"]!["Mode"] = mode);

    private async Task FailAsync(TestGateway gateway, int times)
    {
        _answer = connection => connection.RespondAsync("{}", "503 Service Unavailable");
        for (var i = 0; i < times; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PostAsync(gateway)).Status);
        }
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter, JsonNode Body)> PostAsync(TestGateway gateway)
    {
        using var body = new StringContent("""{"name":"n","userId":"1"}""", Encoding.UTF8, "application/json");
        using var response = await gateway.Client.PostAsync("/addEvent", body, Token);
        return (response.StatusCode, response.Headers.RetryAfter?.Delta, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!);
    }

    private static Task<double?> StateAsync(TestGateway gateway, string state) =>
        gateway.MetricAsync($"gateway_breaker_state{{breaker=\"addEvent\",state=\"{state}\"}}");

    private static Task<double?> TransitionsAsync(TestGateway gateway, string from, string to, string reason) =>
        gateway.MetricAsync($"gateway_breaker_transitions_total{{breaker=\"addEvent\",from=\"{from}\",reason=\"{reason}\",to=\"{to}\"}}");

    private static async Task<JsonNode> ReadyAsync(TestGateway gateway) => JsonNode.Parse(await gateway.Client.GetStringAsync("/ready", Token))!;
}
