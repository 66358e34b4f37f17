using EventGateway.Gateway.Requests;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Requests;

public class EventIdGeneratorTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Next_LeadingDigits_AreTheMillisecondsSince1970()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(7));

        Assert.Equal(1_767_225_600_007_042, new EventIdGenerator(_clock, instance: 42).Next());
    }

    [Fact]
    public void Next_WithinOneMillisecond_GrowsAndNeverRepeats()
    {
        var ids = new EventIdGenerator(_clock);

        AssertGrows(Draw(ids, 1000));
    }

    [Fact]
    public void Next_ClockGoesBack_StillGrows()
    {
        var ids = new EventIdGenerator(_clock);
        var before = Draw(ids, 10);
        _clock.CorrectWallClock(-TimeSpan.FromHours(1));

        AssertGrows([.. before, .. Draw(ids, 10)]);
    }

    [Fact]
    public void Next_ClockHasCaughtUp_FollowsItAgain()
    {
        var ids = new EventIdGenerator(_clock, instance: 0);
        Draw(ids, 5);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(_clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000, ids.Next());
    }

    [Fact]
    public void Next_ManyThreads_NeverRepeats()
    {
        var ids = new EventIdGenerator(_clock);
        var drawn = new long[8][];
        using var together = new Barrier(drawn.Length);
        var threads = Enumerable.Range(0, drawn.Length).Select(i => new Thread(() =>
        {
            together.SignalAndWait();
            drawn[i] = Draw(ids, 10_000);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(80_000, drawn.SelectMany(id => id).Distinct().Count());
        Assert.All(drawn, AssertGrows);
    }

    [Fact]
    public void Next_OfTwoInstances_NeverMeets() =>
        Assert.Empty(Draw(new EventIdGenerator(_clock, instance: 1), 1000).Intersect(Draw(new EventIdGenerator(_clock, instance: 2), 1000)));

    [Fact]
    public void Constructor_EachInstance_DrawsItsOwnPart() =>
        Assert.True(Enumerable.Range(0, 50).Select(_ => new EventIdGenerator(_clock).Next()).Distinct().Count() > 25);

    // JavaScript's numbers are exact up to there.
    [Fact]
    public void Next_AtTheEndOfTheCentury_IsStillBelow2To53()
    {
        _clock.CorrectWallClock(new DateTimeOffset(2099, 12, 31, 0, 0, 0, TimeSpan.Zero) - _clock.GetUtcNow());

        Assert.InRange(new EventIdGenerator(_clock, instance: 999).Next(), 1, (1L << 53) - 1);
    }

    private static long[] Draw(EventIdGenerator ids, int count) => [.. Enumerable.Range(0, count).Select(_ => ids.Next())];

    private static void AssertGrows(long[] ids) => Assert.All(ids.Zip(ids.Skip(1)), pair => Assert.True(pair.First < pair.Second));
}
