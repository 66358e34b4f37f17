using System.Runtime.CompilerServices;
using EventGateway.Benchmarks.Aggregation;
using EventGateway.CircuitBreaking;

namespace EventGateway.Guard;

/// <summary>What the libraries allocate by themselves, in this process, while it does nothing else.</summary>
internal static class Libraries
{
    private const int Calls = 10_000;
    private const int MaxRounds = 10;

    /// <summary>Rounds of as many calls as have the runtime compile them for good.</summary>
    public static async IAsyncEnumerable<double> MeasureAsync(Func<int, Task> call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await call(Calls);
            yield return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;
        }
    }

    public static Func<int, Task> AggregateTenEvents()
    {
        var aggregation = new AggregationBenchmarks { Events = 10 };
        aggregation.Setup();
        return async calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                await aggregation.Run();
            }
        };
    }

    public static Func<int, Task> AcquireAndRecord()
    {
        var breaker = NewBreaker();
        return calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                breaker.TryAcquire(out var permit, out _);
                breaker.Record(permit, CallResult.Success);
            }

            return Task.CompletedTask;
        };
    }

    public static Func<int, Task> Reject()
    {
        var breaker = NewBreaker();
        while (breaker.TryAcquire(out var permit, out _))
        {
            breaker.Record(permit, CallResult.Failure(CallCause.Connect, TimeSpan.Zero));
        }

        return calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                breaker.TryAcquire(out _, out _);
            }

            return Task.CompletedTask;
        };
    }

    // Once open it stays so.
    private static CircuitBreaker NewBreaker() =>
        new("guarded", new CircuitBreakerOptions { ResetTimeout = TimeSpan.FromHours(1), MaxResetTimeout = TimeSpan.FromHours(1) }, TimeProvider.System, static () => 0);
}
