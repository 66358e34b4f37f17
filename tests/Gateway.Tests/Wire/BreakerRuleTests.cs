using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The rules that judge shares of calls, over real sockets.</summary>
public sealed class BreakerRuleTests
{
    private static readonly TimeSpan SlowCall = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SlowCalls_UntilTheHeaders_OpenTheBreaker(bool aggregated)
    {
        WiredGateway? gateway = null;
        await using var started = gateway = await WiredGateway.StartAsync(
            async (_, answer) =>
            {
                gateway!.Clock.Advance(SlowCall);
                await answer.RespondAsync("""{"events":[]}""");
            },
            JudgeSlowCalls);

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
    public async Task SlowBody_OfAnAnswer_IsNoSlowCall()
    {
        var rest = new Gate();
        await using var gateway = await WiredGateway.StartAsync(
            async (_, answer) =>
            {
                await answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
                await rest.PassAsync(answer.Stopping);
                await answer.SendAsync("}");
            },
            JudgeSlowCalls);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Post(WiredGateway.NewEvent), Token);
        await client.ReadPartialResponseAsync(1, Token);
        gateway.Clock.Advance(SlowCall);
        rest.Open();

        await gateway.FinishedAsync();
        await AssertSlowAsync(gateway, 0);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task SlowCalls_WithAStreamedUpload_BeginWithItsEnd(bool clientPauses, double slowRatio)
    {
        WiredGateway? gateway = null;
        await using var started = gateway = await WiredGateway.StartAsync(
            async (_, answer) =>
            {
                gateway!.Clock.Advance(clientPauses ? TimeSpan.Zero : SlowCall);
                await answer.RespondAsync("{}");
            },
            root =>
            {
                JudgeSlowCalls(root);
                root["ReverseProxy"]!["Routes"]!["addEvent"]!.AsObject().Remove("Metadata");   // nothing reads the body before it is passed on
            });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead("Transfer-Encoding: chunked") + "1\r\n[\r\n", Token);
        await Edits.UntilAsync(() => Task.FromResult(gateway.Upstream.Connections >= 1));
        gateway.Clock.Advance(clientPauses ? SlowCall : TimeSpan.Zero);
        await client.SendAsync("1\r\n]\r\n0\r\n\r\n", Token);

        Assert.Equal(200, (await client.ReadResponseAsync(Token)).Status);
        await gateway.FinishedAsync();
        await AssertSlowAsync(gateway, slowRatio);
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
        Assert.Equal(0.4, await gateway.MetricAsync("""gateway_breaker_failure_ratio_threshold{breaker="addEvent"}"""));
        Assert.Equal(12, await gateway.MetricAsync("""gateway_breaker_minimum_calls{breaker="addEvent"}"""));
        Assert.Null(await gateway.MetricAsync("""gateway_breaker_slow_call_ratio{breaker="addEvent"}"""));   // no rule, no number
        Assert.Null(await gateway.MetricAsync("""gateway_breaker_slow_call_ratio_threshold{breaker="addEvent"}"""));
        await gateway.PostAsync();

        Assert.Equal("open", await gateway.BreakerStateAsync());
        Assert.Equal(1, await TransitionsAsync(gateway, "failure_ratio"));
    }

    private static void JudgeSlowCalls(JsonNode root)
    {
        var breaker = root["CircuitBreakers"]!["addEvent"]!;
        (breaker["SlowCallDuration"], breaker["SlowCallRatio"], breaker["MinimumCalls"]) = (SlowCall.ToString(), 1, 2);
        root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent";
    }

    private static async Task AssertSlowAsync(WiredGateway gateway, double ratio)
    {
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_window_calls{breaker="addEvent"}"""));
        Assert.Equal(ratio, await gateway.MetricAsync("""gateway_breaker_slow_call_ratio{breaker="addEvent"}"""));
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_slow_call_ratio_threshold{breaker="addEvent"}"""));
    }

    private static Task<double?> TransitionsAsync(WiredGateway gateway, string reason) =>
        gateway.MetricAsync($$"""gateway_breaker_transitions_total{breaker="addEvent",from="closed",reason="{{reason}}",to="open"}""");
}
