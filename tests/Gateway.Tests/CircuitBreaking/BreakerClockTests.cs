using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.CircuitBreaking;

/// <summary>What the clock alone decides is told when it happens: nobody calls, scrapes or looks here.</summary>
public sealed class BreakerClockTests
{
    private readonly ManualClock _clock = new();
    private readonly List<(CircuitTransition Transition, DateTimeOffset ToldAt)> _told = [];

    [Fact]
    public async Task Override_ItsEndComesAndNobodyAsks_IsToldInTheSameSecond()
    {
        await using var gateway = await StartAsync();
        var guard = Listen(gateway);
        gateway.Services.GetRequiredService<BreakerOperator>().Act(guard, OperatorVerb.ForceOpen, TimeSpan.FromSeconds(90), "test");
        var end = _clock.GetUtcNow().AddSeconds(90);
        _clock.Advance(TimeSpan.FromSeconds(120));

        Assert.Equal([CircuitState.ForcedOpen, CircuitState.Closed], _told.Select(t => t.Transition.To));
        AssertToldAt(end);
    }

    [Fact]
    public async Task Probe_ItsLeaseEndsAndNobodyAsks_IsToldInTheSameSecond()
    {
        await using var gateway = await StartAsync();
        var breaker = Listen(gateway).Breaker;
        while (breaker.TryAcquire(out var permit, out _))
        {
            breaker.Record(permit, CallResult.Failure(CallCause.Connect, TimeSpan.Zero));
        }

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(breaker.TryAcquire(out _, out _));
        var end = _clock.GetUtcNow().AddSeconds(35);
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal([CircuitState.Open, CircuitState.HalfOpen, CircuitState.Open], _told.Select(t => t.Transition.To));
        Assert.Equal(TransitionReason.ProbeTimeout, _told[^1].Transition.Reason);
        AssertToldAt(end);
    }

    private void AssertToldAt(DateTimeOffset end)
    {
        var (transition, toldAt) = _told[^1];
        Assert.Equal(end, transition.At);
        Assert.InRange(toldAt, end, end + BreakerClock.Interval);
    }

    private Guard Listen(TestGateway gateway)
    {
        var breakers = gateway.Services.GetRequiredService<BreakerRegistry>();
        breakers.Transitioned += (_, transition) => _told.Add((transition, _clock.GetUtcNow()));
        return breakers["addEvent"];
    }

    private Task<TestGateway> StartAsync() =>
        TestGateway.StartAsync("http://127.0.0.1:1", root => root["CircuitBreakers"]!["addEvent"]!["Jitter"] = 0, _clock);
}
