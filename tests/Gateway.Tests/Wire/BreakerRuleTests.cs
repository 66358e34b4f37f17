namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The rules that judge shares of calls, over real sockets.</summary>
public sealed class BreakerRuleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SlowCalls_UntilTheEndOfTheBody_OpenTheBreaker(bool aggregated)
    {
        WiredGateway? gateway = null;
        await using var started = gateway = await WiredGateway.StartAsync(
            async (_, answer) =>
            {
                await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n");
                gateway!.Clock.Advance(TimeSpan.FromSeconds(2));
                await answer.SendAsync("""{"events":[]}""");
            },
            root =>
            {
                var breaker = root["CircuitBreakers"]!["addEvent"]!;
                (breaker["SlowCallDuration"], breaker["SlowCallRatio"], breaker["MinimumCalls"]) = ("00:00:02", 1, 2);
                root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent";
            });

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("closed", await gateway.BreakerStateAsync());
            Assert.Equal(200, (await (aggregated ? gateway.GetAsync("/getEventsByUserId/1") : gateway.PostAsync())).Status);
        }

        Assert.Equal("open", await gateway.BreakerStateAsync());
        Assert.Equal(1, await TransitionsAsync(gateway, "slow_call_ratio"));
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_slow_call_ratio{breaker="addEvent"}"""));
        Assert.Equal(2, await gateway.CallsAsync("success", "none"));
    }

    [Fact]
    public async Task Failures_AreAShareOfTheCalls_OpenTheBreakerWithinOrPassTheThreshold()
    {
        var status = "200 OK";
        await using var gateway = await WiredGateway.StartAsync(
            (_, answer) => answer.RespondAsync("{}", status),
            root =>
            {
                var breaker = root["CircuitBreakers"]!["addEvent"]!;
                (breaker["MinimumFailureRatio"], breaker["FailureRatio"], breaker["MinimumCalls"]) = (0.5, 0.4, 12);
            });
        for (var i = 0; i < 7; i++)
        {
            await gateway.PostAsync();
        }

        status = "500 Internal Server Error";
        for (var i = 0; i < 4; i++)
        {
            await gateway.PostAsync();
        }

        Assert.Equal("closed", await gateway.BreakerStateAsync());   // 4 of 11: past the threshold, but not half of them
        Assert.Equal(11, await gateway.MetricAsync("""gateway_breaker_window_calls{breaker="addEvent"}"""));
        Assert.Equal(4.0 / 11, await gateway.MetricAsync("""gateway_breaker_failure_ratio{breaker="addEvent"}"""));
        await gateway.PostAsync();

        Assert.Equal("open", await gateway.BreakerStateAsync());
        Assert.Equal(1, await TransitionsAsync(gateway, "failure_ratio"));
    }

    private static Task<double?> TransitionsAsync(WiredGateway gateway, string reason) =>
        gateway.MetricAsync($$"""gateway_breaker_transitions_total{breaker="addEvent",from="closed",reason="{{reason}}",to="open"}""");
}
