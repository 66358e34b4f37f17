using EventGateway.Gateway.RateLimiting;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.RateLimiting;

public class BudgetTableTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ManualClock _clock = new();

    [Fact]
    public void TryTake_ClientsOfOnePolicy_HaveBudgetsOfTheirOwn()
    {
        var (table, plan) = (new BudgetTable(_clock), Plans.FixedWindow(1, Hour));
        Assert.True(table.TryTake(1, plan).IsPermitted);
        Assert.True(table.TryTake(2, plan).IsPermitted);
        Assert.False(table.TryTake(1, plan).IsPermitted);
        _clock.Advance(Hour);
        Assert.True(table.TryTake(1, plan).IsPermitted);
        Assert.Equal((2, 0), (table.Count, table.Forgotten));
    }

    [Fact]
    public void TryTake_NoRoomForOneMore_ForgetsWhoCameLeastRecently()
    {
        var (table, plan) = (new BudgetTable(_clock), Plans.FixedWindow(1, Hour, partitions: 3));
        foreach (var client in (int[])[1, 2, 3, 1, 4])   // 2 has to go
        {
            table.TryTake((uint)client, plan);
        }

        Assert.Equal((3, 1), (table.Count, table.Forgotten));
        Assert.Equal((false, false, false), (table.TryTake(1, plan).IsPermitted, table.TryTake(3, plan).IsPermitted, table.TryTake(4, plan).IsPermitted));
        Assert.True(table.TryTake(2, plan).IsPermitted);
    }

    [Fact]
    public void ShrinkTo_LessRoom_KeepsWhoCameMostRecently()
    {
        var (table, plan) = (new BudgetTable(_clock), Plans.FixedWindow(1, Hour));
        foreach (var client in (int[])[1, 2, 3, 4, 5])
        {
            table.TryTake((uint)client, plan);
        }

        table.ShrinkTo(2);

        Assert.Equal((2, 3), (table.Count, table.Forgotten));
        Assert.Equal((false, false), (table.TryTake(4, plan).IsPermitted, table.TryTake(5, plan).IsPermitted));
    }

    [Fact]
    public void TryTake_AFloodOfStrangers_TakesNoMoreRoomThanThereIs()
    {
        const int Room = 10_000;
        const int Strangers = 1_000_000;
        var (table, plan) = (new BudgetTable(TimeProvider.System), Plans.SlidingWindow(100, Hour, 10));
        for (var client = 0; client < Room; client++)
        {
            table.TryTake((uint)client, plan);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = TimeProvider.System.GetTimestamp();
        for (var client = Room; client < Room + Strangers; client++)
        {
            table.TryTake((uint)client, plan);
        }

        var took = TimeProvider.System.GetElapsedTime(started);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal((Room, Strangers), (table.Count, table.Forgotten));
        Assert.True(grown < 100_000_000, $"{grown} bytes more");   // all of them would be 240 MB; other tests run meanwhile
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(30));   // a fraction of a second alone; a step that grew with the room would take hours
        GC.KeepAlive(table);
    }

    [Fact]
    public void TryTake_ByACrowd_PermitsExactlyTheLimit()
    {
        for (var round = 0; round < 100; round++)
        {
            var (table, plan) = (new BudgetTable(_clock), Plans.FixedWindow(50, Hour, partitions: 4));
            var permitted = new int[3];
            Parallel.For(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            {
                if (table.TryTake((uint)(i % 3), plan).IsPermitted)
                {
                    Interlocked.Increment(ref permitted[i % 3]);
                }
            });
            Assert.Equal([50, 50, 50], permitted);
        }
    }

    [Fact]
    public void TryTake_ByACrowdOfMoreThanThereIsRoomFor_KeepsToTheRoom()
    {
        for (var round = 0; round < 100; round++)
        {
            var (table, plan) = (new BudgetTable(_clock), Plans.TokenBucket(5, 1, Hour));
            plan = plan with { MaxPartitions = 16 };
            Parallel.For(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => table.TryTake((uint)(i % 40), plan));
            Assert.Equal(16, table.Count);
        }
    }
}
