using EventGateway.Gateway.Status;

namespace EventGateway.Gateway.Tests.Status;

public sealed class RouteCounterTests
{
    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Fact]
    public void Compare_NoRequests_KnowsNeitherErrorsNorDurations()
    {
        var counts = new RouteCounter().Read();
        Assert.Equal(new RouteFigures(0, null, null, null), RouteCounter.Compare(counts, counts, TenSeconds));
    }

    [Fact]
    public void Compare_WhatWasBefore_DoesNotCount()
    {
        var counter = new RouteCounter();
        counter.Add(TimeSpan.FromSeconds(5), failed: true);
        var before = counter.Read();
        for (var i = 0; i < 20; i++)
        {
            counter.Add(TimeSpan.FromMilliseconds(10), failed: i < 5);
        }

        var figures = RouteCounter.Compare(before, counter.Read(), TenSeconds);
        Assert.Equal(2, figures.Rate);
        Assert.Equal(0.25, figures.Errors);
        Assert.Equal(10, figures.P99!.Value, tolerance: 1);
    }

    [Fact]
    public void Compare_NinetyEightFastAndTwoSlow_HasThemAtTheirQuantiles()
    {
        var counter = new RouteCounter();
        var before = counter.Read();
        for (var i = 0; i < 100; i++)
        {
            counter.Add(TimeSpan.FromMilliseconds(i < 98 ? 20 : 3000), failed: false);
        }

        var figures = RouteCounter.Compare(before, counter.Read(), TenSeconds);
        Assert.Equal(20, figures.P50!.Value, tolerance: 2);
        Assert.Equal(3000, figures.P99!.Value, tolerance: 300);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(250)]
    [InlineData(100_000)]
    [InlineData(10_000_000)]
    public void Add_AnyDuration_IsFoundWithinATenthOrAtTheEnd(double milliseconds)
    {
        var counter = new RouteCounter();
        var before = counter.Read();
        counter.Add(TimeSpan.FromMilliseconds(milliseconds), failed: false);
        var shown = RouteCounter.Compare(before, counter.Read(), TenSeconds).P50!.Value;
        var expected = Math.Clamp(milliseconds, 0.136, 120_000);
        Assert.InRange(shown, expected * 0.9, expected * 1.1);
    }
}
