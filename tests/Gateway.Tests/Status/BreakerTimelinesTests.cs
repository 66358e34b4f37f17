using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventGateway.Gateway.Tests.Status;

public sealed class BreakerTimelinesTests
{
    private readonly ManualClock _clock = new();
    private readonly BreakerRegistry _breakers;
    private readonly BreakerTimelines _timelines;
    private readonly DateTimeOffset _start;

    public BreakerTimelinesTests()
    {
        _start = _clock.GetUtcNow();
        _breakers = new BreakerRegistry(_clock, NullLogger<BreakerRegistry>.Instance);
        _timelines = new BreakerTimelines(_breakers, _clock);
        _breakers.Add(Reading.Shipped(root => root["CircuitBreakers"]!["addEvent"]!["Jitter"] = 0).IsTakenUp());
    }

    private CircuitBreaker Breaker => _breakers["addEvent"].Breaker;

    [Fact]
    public void Of_ABreakerThatNeverChanged_IsItsStateSinceTheStart() => Assert.Equal([(0, CircuitState.Closed)], Points());

    [Fact]
    public void Of_AnIncident_BeginsEachStateWhenItBegan()
    {
        Pass(5);
        Open();      // at 5
        Pass(25);    // its wait of 10 s ended at 15; the probe comes at 30
        Assert.Equal([(0, CircuitState.Closed), (5, CircuitState.Open), (15, CircuitState.HalfOpen)], Points());

        Assert.True(Breaker.TryAcquire(out var probe, out _));
        Pass(2);
        Breaker.Record(probe, CallResult.Success);
        Assert.Equal([(0, CircuitState.Closed), (5, CircuitState.Open), (15, CircuitState.HalfOpen), (32, CircuitState.Closed)], Points());
    }

    [Fact]
    public void Of_WhatEndedMoreThanAnHourAgo_IsForgotten()
    {
        Open();
        Pass(10);
        Assert.True(Breaker.TryAcquire(out var probe, out _));
        Breaker.Record(probe, CallResult.Success);
        Pass(3600);
        Assert.Equal([(10, CircuitState.Closed)], Points());
    }

    [Fact]
    public void Of_ABreakerThatFlapsForDays_StaysShort()
    {
        Open();
        for (var i = 0; i < 2000; i++)
        {
            Pass(60);
            Breaker.TryAcquire(out var probe, out _);
            Breaker.Record(probe, CallResult.Failure(CallCause.Connect, TimeSpan.Zero));
        }

        Assert.InRange(Points().Count, 118, 122);   // twice a minute, for an hour
    }

    [Fact]
    public void Version_ATransition_IsAnotherOne()
    {
        var before = _timelines.Version;
        Open();
        Assert.NotEqual(before, _timelines.Version);
    }

    private List<(double At, CircuitState State)> Points() => [.. _timelines.Of(Breaker).Select(p => ((p.At - _start).TotalSeconds, p.State))];

    private void Pass(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private void Open()
    {
        while (Breaker.TryAcquire(out var permit, out _))
        {
            Breaker.Record(permit, CallResult.Failure(CallCause.Status5xx, TimeSpan.Zero, 503));
        }
    }
}
