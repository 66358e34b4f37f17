using EventGateway.Gateway.Aggregation;

namespace EventGateway.Gateway.Tests.Aggregation;

public sealed class FanOutCounterTests
{
    [Fact]
    public void Compare_NoRequests_KnowsNothing()
    {
        var counts = new FanOutCounter().Read();
        Assert.Null(FanOutCounter.Compare(counts, counts));
    }

    [Fact]
    public void Compare_WhatWasBefore_DoesNotCount()
    {
        var counter = new FanOutCounter();
        counter.Add(50);
        var before = counter.Read();
        foreach (var fanOut in new[] { 0, 3, 3, 7, 20 })
        {
            counter.Add(fanOut);
        }

        Assert.Equal(new FanOutFigures(Median: 3, Most: 20), FanOutCounter.Compare(before, counter.Read()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(10_000)]
    [InlineData(1_000_000)]
    public void Add_AnyNumber_IsFoundWithinATenthOrAtTheEnd(int fanOut)
    {
        var counter = new FanOutCounter();
        counter.Add(fanOut);
        var expected = Math.Min(fanOut, 60_000);
        Assert.InRange(FanOutCounter.Compare(null, counter.Read())!.Value.Most, expected < 64 ? expected : expected * 0.9, expected < 64 ? expected : expected * 1.1);
    }
}
