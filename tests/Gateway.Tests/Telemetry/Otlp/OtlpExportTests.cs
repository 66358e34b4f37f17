using EventGateway.Gateway.Tests.Telemetry.Tracing;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Telemetry.Otlp;

[Collection(AloneCollection.Name)]
public sealed class OtlpExportTests : IAsyncDisposable
{
    private readonly RawUpstream _upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OfTheGatewayAndTheFrameworks_ArriveUnderTheirNames()
    {
        await using var receiver = new OtlpReceiver();
        await using (var gateway = await StartAsync(receiver, ("OTEL_METRIC_EXPORT_INTERVAL", "50"), ("OTEL_SERVICE_NAME", "edge")))
        {
            await gateway.Client.GetStringAsync("/getUsers", Token);
            await receiver.MetricsArrived.InTime();
        }

        Assert.Superset(
            new HashSet<string>
            {
                "gateway.breaker.state", "gateway.breaker.calls", "gateway.upstream.request.duration", "gateway.config.info",
                "http.server.request.duration", "gateway.upstream.connections", "dotnet.gc.collections",
            },
            receiver.MetricNames.ToHashSet());
        Assert.Equal("edge", receiver.Resource["service.name"]);
        Assert.Equal("0.1.0", receiver.Resource["service.version"]);
        Assert.True(Guid.TryParse(receiver.Resource["service.instance.id"], out _));
    }

    [Fact]
    public async Task Page_BesideTheExport_StillAnswers()
    {
        await using var receiver = new OtlpReceiver();
        await using var gateway = await StartAsync(receiver, ("OTEL_METRIC_EXPORT_INTERVAL", "20"));
        await receiver.MetricsArrived.InTime();

        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_state{breaker="addEvent",state="closed"}"""));
    }

    [Fact]
    public async Task Export_Headers_AreSent()
    {
        await using var receiver = new OtlpReceiver();
        await using (await StartAsync(receiver, ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=abc"), ("OTEL_TRACES_EXPORTER", "none")))
        {
        }

        var export = Assert.Single(receiver.Requests);   // the last metrics, at the end
        Assert.Equal(("/v1/metrics", "abc"), (export.Target, export.Headers["x-token"]));
    }

    [Fact]
    public async Task Export_SdkDisabled_PushesNothingAndKeepsThePage()
    {
        await using var receiver = new OtlpReceiver();
        await using (var gateway = await StartAsync(receiver, ("OTEL_SDK_DISABLED", "true")))
        {
            await gateway.Client.GetStringAsync("/getUsers", Token);
            Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_state{breaker="addEvent",state="closed"}"""));
        }

        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task Stop_ReceiverThatHangs_IsWaitedForNoLongerThanItsPatience()
    {
        await using var receiver = new OtlpReceiver(async connection => await connection.WaitForClientToLeaveAsync());
        var gateway = await StartAsync(receiver, ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000"));
        await gateway.Client.GetStringAsync("/getUsers", Token);

        // Both signals at once: 5 s. By itself the SDK would take them one after the other.
        await gateway.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(9), Token);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("hangs")]
    [InlineData("refuses")]
    [InlineData("resets")]
    public async Task Requests_WhateverTheReceiverDoes_AreServed(string receiver)
    {
        await using var broken = new OtlpReceiver(connection =>
        {
            switch (receiver)
            {
                case "hangs":
                    return connection.WaitForClientToLeaveAsync();
                case "refuses":
                    return connection.RespondAsync("no", "401 Unauthorized");
                default:
                    connection.Reset();
                    return Task.CompletedTask;
            }
        });
        var address = receiver == "nobody" ? "http://127.0.0.1:1" : broken.Address;
        var variables = broken.Variables(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", address),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"), ("OTEL_BSP_SCHEDULE_DELAY", "1"), ("OTEL_METRIC_EXPORT_INTERVAL", "1"), ("OTEL_BSP_MAX_QUEUE_SIZE", "8"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"));

        await using var gateway = await TestGateway.StartAsync(_upstream.Address, environment: variables);
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal("[]", await gateway.Client.GetStringAsync("/getUsers", Token).InTime());
        }
    }

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    private Task<TestGateway> StartAsync(OtlpReceiver receiver, params IEnumerable<(string, string)> variables) =>
        TestGateway.StartAsync(_upstream.Address, environment: receiver.Variables(variables));
}
