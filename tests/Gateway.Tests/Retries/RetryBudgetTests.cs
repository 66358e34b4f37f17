using EventGateway.Gateway.Retries;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Retries;

public sealed class RetryBudgetTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(0, 10, 10)]       // a lone call can be tried again
    [InlineData(50, 10, 10)]
    [InlineData(54, 10, 10)]
    [InlineData(55, 10, 11)]
    [InlineData(500, 10, 100)]
    [InlineData(500, 0, 100)]
    [InlineData(4, 0, 0)]
    public void TryTake_WithinOneWindow_GivesAShareOfTheCallsOrAFew(int calls, int minRetries, int retries)
    {
        var budget = Create(Plan(minRetries: minRetries));
        Assert.Equal(retries, TakeAll(budget, calls));
        Assert.Equal(1, budget.Exhausted);
    }

    [Fact]
    public void TryTake_WhenTheWindowHasMovedOn_ForgetsCallsAndRetriesAlike()
    {
        var budget = Create(Plan(minRetries: 0));
        Assert.Equal(20, TakeAll(budget, 100));
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, TakeAll(budget, 0));
        Assert.Equal(20, TakeAll(budget, 100));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(0, TakeAll(budget, 0));   // of the second hundred, all is used
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, TakeAll(budget, 0));
        Assert.Equal(1, TakeAll(budget, 5));
    }

    [Fact]
    public void TryTake_OverAnyTraffic_IsNeverMoreThanTheShareOfAllCalls()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var budget = Create(Plan(minRetries: 0));
            var (calls, retries) = (0, 0);
            for (var step = 0; step < 60; step++)
            {
                var more = random.Next(30);
                calls += more;
                retries += TakeAll(budget, more, most: random.Next(12));
                _clock.Advance(TimeSpan.FromSeconds(random.NextDouble() * 5));
                Assert.True(retries <= 0.2 * calls, $"{retries} of {calls}");
            }
        }
    }

    [Fact]
    public void Update_AnEdit_KeepsWhatHasBeenCounted()
    {
        var budget = Create(Plan(minRetries: 0));
        Assert.Equal(20, TakeAll(budget, 100));

        budget.Update(Plan(minRetries: 0) with { Budget = 0.25 });
        Assert.Equal(5, TakeAll(budget, 0));
        budget.Update(Plan(minRetries: 0) with { Budget = 0.25, BudgetWindow = TimeSpan.FromMinutes(1) });
        Assert.Equal(0, TakeAll(budget, 0));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, TakeAll(budget, 3));
        Assert.Equal(1, TakeAll(budget, 1));
    }

    private static RetryPlan Plan(int minRetries) =>
        new("p", 2, null, TimeSpan.Zero, TimeSpan.Zero, 0.2, TimeSpan.FromSeconds(10), minRetries);

    private static int TakeAll(RetryBudget budget, int calls, int most = int.MaxValue)
    {
        for (var i = 0; i < calls; i++)
        {
            budget.CountCall();
        }

        var taken = 0;
        while (taken < most && budget.TryTake())
        {
            taken++;
        }

        return taken;
    }

    private RetryBudget Create(RetryPlan plan) => new(plan, _clock);
}
