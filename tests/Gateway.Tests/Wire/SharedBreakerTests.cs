using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>One breaker in front of two routes and an aggregation's step: what one of them learns holds for all.</summary>
public sealed class SharedBreakerTests
{
    private const string Events = "/getEventsByUserId/1";

    private string _status = "200 OK";
    private Gate? _gate;

    [Fact]
    public async Task Breaker_FailuresOfARoute_OpenItForTheOtherAndForTheStep()
    {
        await using var gateway = await StartAsync();
        _status = "500 Internal Server Error";
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(500, (await gateway.PostAsync()).Status);
        }

        await AssertRejectedAsync(gateway, "OPEN", "10");
        Assert.Equal(3, gateway.Upstream.Requests.Count);
        Assert.Equal(3, await gateway.MetricAsync("""gateway_breaker_rejections_total{breaker="addEvent",state="open"}"""));
    }

    [Fact]
    public async Task Breaker_FailuresOfAllThreeTogether_OpenIt()
    {
        await using var gateway = await StartAsync();
        _status = "500 Internal Server Error";
        await gateway.PostAsync();
        await gateway.GetAsync("/getUsers");
        Problem.Of(await gateway.GetAsync(Events), 502, "bad_status");

        await AssertRejectedAsync(gateway, "OPEN", "10");
        Assert.Equal(3, await gateway.CallsAsync("failure", "status_5xx"));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData(Events)]
    public async Task Breaker_AfterItsWait_GivesOneProbeToAllOfThem(string prober)
    {
        await using var gateway = await StartAsync();
        _status = "500 Internal Server Error";
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync();
        }

        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        _status = "200 OK";
        _gate = new Gate();
        var probe = gateway.SendAsync(Http.Get(prober));
        await _gate.Arrived.InTime();

        await AssertRejectedAsync(gateway, "HALF_OPEN", "1");
        Assert.Equal(3 + 1, gateway.Upstream.Requests.Count);
        Assert.Equal(1, await gateway.MetricAsync("""gateway_breaker_probes_in_flight{breaker="addEvent"}"""));

        _gate.Open();
        Assert.Equal(200, (await probe.InTime()).Status);
        await gateway.FinishedAsync();
        Assert.Equal("closed", await gateway.BreakerStateAsync());
        Assert.Equal(200, (await gateway.PostAsync()).Status);
    }

    private static async Task AssertRejectedAsync(WiredGateway gateway, string state, string retryAfter)
    {
        foreach (var response in (RawResponse[])[await gateway.PostAsync(), await gateway.GetAsync("/getUsers")])
        {
            Assert.Equal(state, (string?)Problem.Of(response, 503, "circuit_open")["circuitBreakerState"]);
            Assert.Equal(retryAfter, response.Headers["Retry-After"]);
        }

        var composed = await gateway.GetAsync(Events);
        Assert.Equal("user", (string?)Problem.Of(composed, 503, "unavailable")["step"]);
        Assert.Equal(retryAfter, composed.Headers["Retry-After"]);
    }

    private Task<WiredGateway> StartAsync() => WiredGateway.StartAsync(AnswerAsync, root =>
    {
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = JsonNode.Parse("""[ { "CircuitBreaker": "addEvent" } ]""");
        root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent";
    });

    private async Task AnswerAsync(RawRequest request, RawConnection connection)
    {
        if (_gate is { } gate)
        {
            await gate.PassAsync(connection.Stopping);
        }

        await connection.RespondAsync("""{"events":[]}""", _status);
    }
}
