using EventGateway.Gateway.Limits;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Limits;

public class CallLimiterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly List<TimeSpan> _waits = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_PlacesAreFree_HasOneAtOnce()
    {
        var limiter = Create(2, 0);
        using var a = await EnterAsync(limiter);
        using var b = await EnterAsync(limiter);
        Assert.Equal((2, 0, 0), Counts(limiter));
        Assert.Empty(_waits);
    }

    [Fact]
    public async Task Enter_NoPlaceAndNoQueue_IsRefusedAtOnce()
    {
        var limiter = Create(1, 0);
        using var place = await EnterAsync(limiter);
        Assert.Null(await limiter.EnterAsync(Token));
        Assert.Equal((1, 0, 1), Counts(limiter));
    }

    [Fact]
    public async Task Enter_QueueIsFull_IsRefusedAtOnce()
    {
        var limiter = Create(1, 1);
        using var place = await EnterAsync(limiter);
        var waiting = limiter.EnterAsync(Token).AsTask();
        Assert.Null(await limiter.EnterAsync(Token));
        Assert.Equal((1, 1, 1), Counts(limiter));
        place.Dispose();
        Assert.NotNull(await waiting);
    }

    [Fact]
    public async Task Enter_PlaceBecomesFree_GoesToWhoeverWaitedLongest()
    {
        var limiter = Create(1, 2);
        var place = await EnterAsync(limiter);
        var first = limiter.EnterAsync(Token).AsTask();
        var second = limiter.EnterAsync(Token).AsTask();
        _clock.Advance(0.4 * Second);

        place.Dispose();

        var next = (await first)!;
        Assert.Equal(0.4 * Second, next.Waited);
        Assert.False(second.IsCompleted);
        Assert.Equal((1, 1, 0), Counts(limiter));
        next.Dispose();
        (await second)!.Dispose();
        Assert.Equal((0, 0, 0), Counts(limiter));
        Assert.Equal([0.4 * Second, 0.4 * Second], _waits);
    }

    [Fact]
    public async Task Enter_WaitIsOver_IsRefusedAndLeavesTheQueue()
    {
        var limiter = Create(1, 1);
        using var place = await EnterAsync(limiter);
        var waiting = limiter.EnterAsync(Token).AsTask();

        _clock.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.Equal((1, 1, 0), Counts(limiter));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(await waiting);
        Assert.Equal((1, 0, 1), Counts(limiter));
        var another = limiter.EnterAsync(Token).AsTask();   // the place in the queue is free again
        Assert.Equal(1, limiter.Queued);
        place.Dispose();
        Assert.NotNull(await another);
    }

    [Fact]
    public async Task Enter_Cancelled_LeavesTheQueueAndIsNotCountedAsRefused()
    {
        var limiter = Create(1, 1);
        using var place = await EnterAsync(limiter);
        using var leaving = new CancellationTokenSource();
        var waiting = limiter.EnterAsync(leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal((1, 0, 0), Counts(limiter));
        Assert.Single(_waits);
    }

    [Fact]
    public async Task Update_MorePlaces_ServeNewcomersWhileTheOthersEndAsTheyBegan()
    {
        var limiter = Create(1, 1);
        var place = await EnterAsync(limiter);
        var waiting = limiter.EnterAsync(Token).AsTask();

        limiter.Update(new CallLimitPlan(2, 1, Second));

        using var newcomer = await EnterAsync(limiter);
        Assert.Equal((2, 1, 0), Counts(limiter));
        place.Dispose();
        using var waited = (await waiting)!;
        Assert.Equal((2, 0, 0), Counts(limiter));
    }

    [Fact]
    public async Task Update_FewerPlacesAndNoQueue_FailsNobodyWhoWaits()
    {
        var limiter = Create(2, 1);
        var (a, b) = (await EnterAsync(limiter), await EnterAsync(limiter));
        var waiting = limiter.EnterAsync(Token).AsTask();

        limiter.Update(new CallLimitPlan(1, 0, Second));

        using var newcomer = await EnterAsync(limiter);
        Assert.Null(await limiter.EnterAsync(Token));
        a.Dispose();
        Assert.NotNull(await waiting);
        b.Dispose();
    }

    [Fact]
    public async Task Update_EqualLimit_KeepsItsPlaces()
    {
        var limiter = Create(1, 0);
        using var place = await EnterAsync(limiter);
        limiter.Update(new CallLimitPlan(1, 0, Second));
        Assert.Null(await limiter.EnterAsync(Token));
    }

    [Fact]
    public async Task Enter_ByACrowd_NeverHasMoreInsideThanPlaces()
    {
        const int Places = 4;
        var limiter = Create(Places, 1000);
        var (inside, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            using var place = await EnterAsync(limiter);
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        })));
        Assert.InRange(most, 1, Places);
        Assert.Equal((0, 0, 0), Counts(limiter));
    }

    private CallLimiter Create(int places, int queue)
    {
        return new CallLimiter("event-api", new CallLimitPlan(places, queue, Second), _clock, Note);

        void Note(CallLimiter limiter, TimeSpan wait)
        {
            lock (_waits)
            {
                _waits.Add(wait);
            }
        }
    }

    private static async Task<CallPlace> EnterAsync(CallLimiter limiter)
    {
        var place = await limiter.EnterAsync(Token);
        Assert.NotNull(place);
        return place;
    }

    private static (int InFlight, int Queued, long Refused) Counts(CallLimiter limiter) => (limiter.InFlight, limiter.Queued, limiter.Refused);

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
