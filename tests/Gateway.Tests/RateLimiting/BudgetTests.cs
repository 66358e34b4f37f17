using EventGateway.Gateway.RateLimiting;

namespace EventGateway.Gateway.Tests.RateLimiting;

public class BudgetTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    public static TheoryData<string> Kinds => ["fixed", "sliding", "bucket"];

    [Fact]
    public void FixedWindow_BeginsWithTheFirstRequest_AndGivesAllBackAtItsEnd()
    {
        var (budget, plan) = (Budget.Create(RateLimiterKind.FixedWindow), Plans.FixedWindow(2, Seconds(60)));

        Assert.Equal(Allowance.Permitted(1, Seconds(60)), budget.TryTake(plan, Seconds(7)));
        Assert.Equal(Allowance.Permitted(0, Seconds(50)), budget.TryTake(plan, Seconds(17)));
        Assert.Equal(Allowance.Refused(Seconds(49), Seconds(49)), budget.TryTake(plan, Seconds(18)));
        Assert.Equal(Allowance.Refused(Tick, Tick), budget.TryTake(plan, Seconds(67) - Tick));
        Assert.Equal(Allowance.Permitted(1, Seconds(60)), budget.TryTake(plan, Seconds(67)));
    }

    [Fact]
    public void SlidingWindow_GivesBackSegmentBySegment()
    {
        var (budget, plan) = (Budget.Create(RateLimiterKind.SlidingWindow), Plans.SlidingWindow(3, Seconds(60), 6));

        Assert.Equal(Allowance.Permitted(2, Seconds(58)), budget.TryTake(plan, Seconds(2)));      // segment 0–10
        Assert.Equal(Allowance.Permitted(1, Seconds(55)), budget.TryTake(plan, Seconds(15)));     // segment 10–20
        Assert.Equal(Allowance.Permitted(0, Seconds(55)), budget.TryTake(plan, Seconds(15)));
        Assert.Equal(Allowance.Refused(Seconds(1), Seconds(11)), budget.TryTake(plan, Seconds(59)));
        Assert.Equal(Allowance.Permitted(0, Seconds(60)), budget.TryTake(plan, Seconds(60)));     // the first is back
        Assert.Equal(Allowance.Refused(Seconds(10), Seconds(60)), budget.TryTake(plan, Seconds(60)));
        Assert.Equal(Allowance.Permitted(1, Seconds(60)), budget.TryTake(plan, Seconds(80)));     // both others are
        Assert.Equal(Allowance.Permitted(2, Seconds(60)), budget.TryTake(plan, Seconds(1000)));   // long after all of it
    }

    [Fact]
    public void TokenBucket_AllowsABurst_AndFillsUpEvenly()
    {
        var (budget, plan) = (Budget.Create(RateLimiterKind.TokenBucket), Plans.TokenBucket(3, 2, Seconds(1)));

        Assert.Equal(Allowance.Permitted(2, Seconds(0.5)), budget.TryTake(plan, Seconds(5)));
        Assert.Equal(Allowance.Permitted(1, Seconds(1)), budget.TryTake(plan, Seconds(5)));
        Assert.Equal(Allowance.Permitted(0, Seconds(1.5)), budget.TryTake(plan, Seconds(5)));
        Assert.Equal(Allowance.Refused(Seconds(0.5), Seconds(1.5)), budget.TryTake(plan, Seconds(5)));
        Assert.Equal(Allowance.Refused(Seconds(0.1), Seconds(1.1)), budget.TryTake(plan, Seconds(5.4)));
        Assert.Equal(Allowance.Permitted(0, Seconds(1.5)), budget.TryTake(plan, Seconds(5.5)));
        Assert.Equal(Allowance.Permitted(2, Seconds(0.5)), budget.TryTake(plan, Seconds(1000)));   // no fuller than full
    }

    [Fact]
    public void TokenBucket_AtItsLargestAndSlowest_DoesNotOverflow()
    {
        var (budget, plan) = (Budget.Create(RateLimiterKind.TokenBucket), Plans.TokenBucket(1_000_000, 1, TimeSpan.FromDays(1)));
        for (var i = 1; i <= 1_000_000; i++)
        {
            Assert.Equal(Allowance.Permitted(1_000_000 - i, TimeSpan.FromDays(i)), budget.TryTake(plan, Seconds(1)));
        }

        Assert.Equal(Allowance.Refused(TimeSpan.FromDays(1), TimeSpan.FromDays(1_000_000)), budget.TryTake(plan, Seconds(1)));
        Assert.True(budget.TryTake(plan, Seconds(1) + TimeSpan.FromDays(2_000_000)).IsPermitted);
    }

    // What is told to clients is exact: not a tick earlier, and then it is there.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void RetryAfter_OfRandomHistories_IsTheFirstMomentThatPermits(string kind)
    {
        var random = new Random(20261122);
        for (var history = 0; history < 300; history++)
        {
            var plan = Draw(kind, random);
            var taken = new List<TimeSpan>();
            var now = TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerDay));
            for (var step = 0; step < 30; step++)
            {
                now += TimeSpan.FromTicks(random.NextInt64(plan.Period.Ticks / 3));
                var allowance = After(plan, taken, now);
                if (allowance.IsPermitted)
                {
                    Assert.Equal(allowance.Remaining > 0, After(plan, [.. taken, now], now).IsPermitted);
                    taken.Add(now);
                }
                else
                {
                    Assert.False(After(plan, taken, now + allowance.RetryAfter - Tick).IsPermitted);
                    Assert.True(After(plan, taken, now + allowance.RetryAfter).IsPermitted);
                    Assert.True(allowance.Reset >= allowance.RetryAfter);
                }

                Assert.Equal(plan.PermitLimit - 1, After(plan, taken, now + allowance.Reset!.Value).Remaining);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Permits_OfRandomHistories_AreNeverMoreThanThePolicySays(string kind)
    {
        var random = new Random(7);
        for (var history = 0; history < 100; history++)
        {
            var plan = Draw(kind, random);
            var budget = Budget.Create(plan.Kind);
            var permitted = new List<TimeSpan>();
            var now = Seconds(1);
            for (var step = 0; step < 300; step++)
            {
                now += TimeSpan.FromTicks(random.NextInt64(plan.Period.Ticks / 10));
                if (budget.TryTake(plan, now).IsPermitted)
                {
                    permitted.Add(now);
                }
            }

            for (var first = 0; first < permitted.Count; first++)
            {
                Assert.All(Enumerable.Range(first, permitted.Count - first), last => Assert.True(last - first + 1 <= Most(plan, permitted[last] - permitted[first])));
            }
        }

        // Two fixed windows may touch; a sliding one is one segment less than a window, wherever it begins; a bucket is full and fills up.
        static double Most(RateLimiterPlan plan, TimeSpan span) => plan.Kind switch
        {
            RateLimiterKind.FixedWindow => plan.PermitLimit * (Math.Floor(span / plan.Period) + 2),
            RateLimiterKind.SlidingWindow => span > plan.Period - (plan.Period / plan.Share) ? double.PositiveInfinity : plan.PermitLimit,
            _ => plan.PermitLimit + (span / plan.Period * plan.Share) + 1e-6,
        };
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Limit_Edited_CountsWhatHasBeenUsed(string kind)
    {
        var plan = kind switch
        {
            "fixed" => Plans.FixedWindow(2, Seconds(60)),
            "sliding" => Plans.SlidingWindow(2, Seconds(60), 6),
            _ => Plans.TokenBucket(2, 1, Seconds(60)),
        };
        var budget = Budget.Create(plan.Kind);
        budget.TryTake(plan, Seconds(1));
        budget.TryTake(plan, Seconds(1));
        Assert.False(budget.TryTake(plan, Seconds(1)).IsPermitted);

        Assert.Equal(2, budget.TryTake(plan with { PermitLimit = 5 }, Seconds(1)).Remaining);
        Assert.False(budget.TryTake(plan with { PermitLimit = 3 }, Seconds(1)).IsPermitted);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Period_Edited_KeepsWhatHasBeenUsed(string kind)
    {
        var plan = kind switch
        {
            "fixed" => Plans.FixedWindow(2, Seconds(60)),
            "sliding" => Plans.SlidingWindow(2, Seconds(60), 6),
            _ => Plans.TokenBucket(2, 1, Seconds(60)),
        };
        var budget = Budget.Create(plan.Kind);
        budget.TryTake(plan, Seconds(1));
        budget.TryTake(plan, Seconds(1));

        var other = plan with { Period = Seconds(600) };
        var allowance = budget.TryTake(other, Seconds(31));

        // The window goes on, ten times as long; both requests count as of the first new segment; the bucket had gained half a token.
        Assert.Equal((false, Seconds(kind switch { "fixed" => 570, "sliding" => 569, _ => 300 })), (allowance.IsPermitted, allowance.RetryAfter));
    }

    // Found by hand: a window that had ended a minute ago went on for an hour.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Period_EditedWhenAllWasBack_TakesNothingAway(string kind)
    {
        var plan = kind switch
        {
            "fixed" => Plans.FixedWindow(2, Seconds(60)),
            "sliding" => Plans.SlidingWindow(2, Seconds(60), 6),
            _ => Plans.TokenBucket(2, 2, Seconds(60)),
        };
        var budget = Budget.Create(plan.Kind);
        budget.TryTake(plan, Seconds(1));
        budget.TryTake(plan, Seconds(1));

        Assert.Equal(1, budget.TryTake(plan with { Period = Seconds(3600) }, Seconds(61)).Remaining);
    }

    [Fact]
    public void SlidingWindow_Shortened_TakesWhatItRemembersForJustUsed()
    {
        var plan = Plans.SlidingWindow(2, Seconds(60), 6);
        var budget = Budget.Create(plan.Kind);
        budget.TryTake(plan, Seconds(1));
        budget.TryTake(plan, Seconds(30));

        var shorter = Plans.SlidingWindow(2, Seconds(10), 2);

        Assert.Equal(Allowance.Refused(Seconds(6), Seconds(6)), budget.TryTake(shorter, Seconds(44)));
        Assert.Equal(1, budget.TryTake(shorter, Seconds(50)).Remaining);
    }

    // A budget that has permitted these requests, asked at this moment.
    private static Allowance After(RateLimiterPlan plan, IEnumerable<TimeSpan> taken, TimeSpan now)
    {
        var budget = Budget.Create(plan.Kind);
        foreach (var at in taken)
        {
            Assert.True(budget.TryTake(plan, at).IsPermitted);
        }

        return budget.TryTake(plan, now);
    }

    private static RateLimiterPlan Draw(string kind, Random random)
    {
        var (limit, period) = (random.Next(1, 8), TimeSpan.FromTicks(random.NextInt64(10_000, TimeSpan.TicksPerDay)));
        return kind switch
        {
            "fixed" => Plans.FixedWindow(limit, period),
            "sliding" => Plans.SlidingWindow(limit, period, random.Next(2, 12)),
            _ => Plans.TokenBucket(limit, random.Next(1, 12), period),
        };
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
