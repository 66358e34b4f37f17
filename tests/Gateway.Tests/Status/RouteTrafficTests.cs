using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Status;

public sealed class RouteTrafficTests
{
    private readonly ManualClock _clock = new();
    private readonly RouteTraffic _traffic;

    public RouteTrafficTests()
    {
        _traffic = new RouteTraffic(_clock);
        _traffic.Declare(Plan());
    }

    [Fact]
    public void Now_AfterAStretch_CoversItAndTheRunningOne()
    {
        Finish(10);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(_traffic.TryAdvance());
        Finish(5);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, _traffic.Now("getUsers").Rate);   // 15 in 15 s
    }

    [Fact]
    public void TryAdvance_WithinAStretch_ChangesNothing()
    {
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(_traffic.TryAdvance());
        Assert.Empty(_traffic.History("getUsers"));
    }

    [Fact]
    public void History_ALongTime_IsTheLastQuarterOfAnHour()
    {
        for (var i = 0; i < RouteTraffic.MostStretches + 5; i++)
        {
            Finish(i);
            _clock.Advance(RouteTraffic.Stretch);
            _traffic.TryAdvance();
        }

        var history = _traffic.History("getUsers");
        Assert.Equal(RouteTraffic.MostStretches, history.Count);
        Assert.Equal(0.5, history[0].Rate);
        Assert.Equal(9.4, history[^1].Rate);
    }

    [Fact]
    public void Finished_OfNoConfiguredRoute_IsNotCounted()
    {
        _traffic.Finished("none", TimeSpan.Zero, failed: false);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _traffic.Now("none").Rate);
    }

    [Fact]
    public void Declare_APlanWithoutTheRoute_ForgetsItAndKeepsTheOthers()
    {
        Finish(10);
        _traffic.Finished("getEvents", TimeSpan.Zero, failed: false);
        _traffic.Declare(Plan(without: "getEvents"));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, _traffic.Now("getUsers").Rate);
        Assert.Equal(0, _traffic.Now("getEvents").Rate);
    }

    private static GatewayPlan Plan(string? without = null) =>
        Reading.Shipped(root => root["ReverseProxy"]!["Routes"]!.AsObject().Remove(without ?? "")).IsTakenUp();

    private void Finish(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _traffic.Finished("getUsers", TimeSpan.FromMilliseconds(3), failed: false);
        }
    }
}
