using System.Net;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.RateLimiting;

public class RateLimiterTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Update_OtherLimits_KeepsWhatClientsHaveUsed()
    {
        var limiter = new RateLimiter(Plans.FixedWindow(1, Hour), _clock);
        Assert.True(await PermitsAsync(limiter, 1));
        Assert.False(await PermitsAsync(limiter, 1));

        limiter.Update(Plans.FixedWindow(2, Hour));

        Assert.True(await PermitsAsync(limiter, 1));
        Assert.False(await PermitsAsync(limiter, 1));
        Assert.Equal((2, 2, 1), (limiter.Permitted, limiter.Refused, limiter.Partitions));
    }

    [Fact]
    public async Task Update_FewerPartitions_ForgetsWhoCameLeastRecently()
    {
        var limiter = new RateLimiter(Plans.FixedWindow(1, Hour), _clock);
        Assert.True(await PermitsAsync(limiter, 1) && await PermitsAsync(limiter, 2) && await PermitsAsync(limiter, 3));

        limiter.Update(Plans.FixedWindow(1, Hour, partitions: 1));

        Assert.False(await PermitsAsync(limiter, 3));
        Assert.Equal((1, 2), (limiter.Partitions, limiter.Forgotten));
    }

    [Fact]
    public async Task Update_AnotherKindOrAnotherWayToTellClientsApart_BeginsAnew()
    {
        var limiter = new RateLimiter(Plans.FixedWindow(1, Hour, partitions: 1), _clock);
        Assert.True(await PermitsAsync(limiter, 1) && await PermitsAsync(limiter, 2));
        limiter.Update(Plans.FixedWindow(1, Hour) with { PartitionBy = RateLimiterPartition.Header, Header = "X-Tenant" });
        Assert.True(await PermitsAsync(limiter, 1));
        limiter.Update(Plans.TokenBucket(1, 1, Hour));
        Assert.True(await PermitsAsync(limiter, 1));
        limiter.Update(Plans.Concurrency(1));
        Assert.True(await PermitsAsync(limiter, 1));
        Assert.Equal((5, 0, 1), (limiter.Permitted, limiter.Refused, limiter.Forgotten));   // what was counted stays counted
    }

    [Fact]
    public async Task Place_OfAClient_IsItsOwnAndBack_WhenTheRequestIsOver()
    {
        var limiter = new RateLimiter(Plans.Concurrency(1), _clock);
        var first = await limiter.EnterAsync(From(1));
        Assert.Equal((true, 0), (first.Allowance.IsPermitted, first.Allowance.Remaining));
        Assert.False((await limiter.EnterAsync(From(1))).Allowance.IsPermitted);
        Assert.True((await limiter.EnterAsync(From(2))).Allowance.IsPermitted);
        Assert.Equal(2, limiter.Partitions);

        first.Place!.Dispose();

        Assert.Equal(1, limiter.Partitions);   // who has nothing is not remembered
        Assert.True((await limiter.EnterAsync(From(1))).Allowance.IsPermitted);
    }

    [Fact]
    public async Task Place_WithAQueue_IsWaitedForInVainOrNot()
    {
        var limiter = new RateLimiter(Plans.Concurrency(1, queue: 2), _clock);
        var first = await limiter.EnterAsync(From(1));
        var waiting = limiter.EnterAsync(From(1)).AsTask();
        var late = limiter.EnterAsync(From(1)).AsTask();
        Assert.False((await limiter.EnterAsync(From(1))).Allowance.IsPermitted);

        first.Place!.Dispose();
        var second = await waiting;
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False((await late).Allowance.IsPermitted);
        second.Place!.Dispose();
        Assert.Equal((2, 2, 0), (limiter.Permitted, limiter.Refused, limiter.Partitions));
    }

    [Fact]
    public async Task Place_ClientLeavesTheQueue_IsNotCounted()
    {
        var limiter = new RateLimiter(Plans.Concurrency(1, queue: 1), _clock);
        var first = await limiter.EnterAsync(From(1));
        using var leaving = new CancellationTokenSource();
        var context = From(1);
        context.RequestAborted = leaving.Token;
        var waiting = limiter.EnterAsync(context).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        first.Place!.Dispose();
        Assert.Equal((1, 0, 0), (limiter.Permitted, limiter.Refused, limiter.Partitions));
    }

    [Fact]
    public async Task Places_WantedByACrowd_AreNeverMoreThanTheLimitAndNoneIsLost()
    {
        for (var round = 0; round < 100; round++)
        {
            var limiter = new RateLimiter(Plans.Concurrency(2, queue: 100), TimeProvider.System);
            var inside = new int[3];
            await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
            {
                var admission = await limiter.EnterAsync(From(i % 3));
                using var place = admission.Place;
                if (admission.Allowance.IsPermitted)
                {
                    Assert.InRange(Interlocked.Increment(ref inside[i % 3]), 1, 2);
                    await Task.Yield();
                    Interlocked.Decrement(ref inside[i % 3]);
                }
            })));
            Assert.Equal((60, 0, 0), (limiter.Permitted, limiter.Refused, limiter.Partitions));
        }
    }

    // Edits fall between the requests: nothing fails, and nobody gets more than the most that was ever allowed.
    [Fact]
    public async Task Update_AmongACrowd_LosesNoCount()
    {
        for (var round = 0; round < 100; round++)
        {
            var limiter = new RateLimiter(Plans.FixedWindow(20, Hour), _clock);
            var permitted = 0;
            await Task.WhenAll(
                Task.Run(() =>
                {
                    for (var limit = 20; limit <= 40; limit++)
                    {
                        limiter.Update(Plans.FixedWindow(limit, Hour));
                    }
                }, TestContext.Current.CancellationToken),
                Parallel.ForAsync(0, 200, TestContext.Current.CancellationToken, async (_, _) =>
                {
                    if (await PermitsAsync(limiter, 1))
                    {
                        Interlocked.Increment(ref permitted);
                    }
                }));
            while (await PermitsAsync(limiter, 1))
            {
                permitted++;
            }

            Assert.Equal((40, 40), (permitted, limiter.Permitted));
        }
    }

    private static async Task<bool> PermitsAsync(RateLimiter limiter, int client) => (await limiter.EnterAsync(From(client))).Allowance.IsPermitted;

    private static DefaultHttpContext From(int client)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = new IPAddress([10, 0, 0, (byte)client]);
        return context;
    }
}
