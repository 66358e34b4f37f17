using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using EventGateway.CircuitBreaking;
using Polly;
using Polly.CircuitBreaker;

namespace EventGateway.Benchmarks.CircuitBreaking;

/// <summary>
/// What a breaker takes of a call, closed (the permit, a success and its record) and open (the refusal), beside Polly's. On several threads a time is
/// what each of them waits for one call.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[MinColumn]
public class BreakerBenchmarks
{
    private const int Calls = 100_000;
    private const int Throws = 1_000;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly CircuitBreaker _closed = Breaker(new());
    private readonly CircuitBreaker _counting = Breaker(new() { FailureRatio = 0.5 });
    private readonly CircuitBreaker _open = Opened(Breaker(new() { ResetTimeout = Long, MaxResetTimeout = Long }));
    private readonly ResiliencePipeline<int> _pollyClosed = PollyBreaker();
    private readonly ResiliencePipeline<int> _pollyOpen = Opened(PollyBreaker());
    private Crew? _crew;

    /// <summary>Threads that use the breaker at once.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    [Benchmark(Description = "Polly, closed", Baseline = true, OperationsPerInvoke = Calls), BenchmarkCategory("closed")]
    public void PollyClosed() => _crew!.Work();

    [Benchmark(Description = "closed", OperationsPerInvoke = Calls), BenchmarkCategory("closed")]
    public void Closed() => _crew!.Work();

    [Benchmark(Description = "closed, with a rule that counts calls", OperationsPerInvoke = Calls), BenchmarkCategory("closed")]
    public void Counting() => _crew!.Work();

    [Benchmark(Description = "Polly, open", Baseline = true, OperationsPerInvoke = Calls), BenchmarkCategory("open")]
    public void PollyOpen() => _crew!.Work();

    [Benchmark(Description = "Polly, open, as an exception", OperationsPerInvoke = Throws), BenchmarkCategory("open")]
    public void PollyOpenThrows() => _crew!.Work();

    [Benchmark(Description = "open", OperationsPerInvoke = Calls), BenchmarkCategory("open")]
    public void Open() => _crew!.Work();

    [GlobalSetup(Target = nameof(Closed))]
    public void SetUpClosed() => Engage(() => Call(_closed));

    [GlobalSetup(Target = nameof(Counting))]
    public void SetUpCounting() => Engage(() => Call(_counting));

    [GlobalSetup(Target = nameof(Open))]
    public void SetUpOpen() => Engage(() => Call(_open));

    [GlobalSetup(Target = nameof(PollyClosed))]
    public void SetUpPollyClosed() => Engage(() => Call(_pollyClosed));

    [GlobalSetup(Target = nameof(PollyOpen))]
    public void SetUpPollyOpen() => Engage(() => Call(_pollyOpen));

    [GlobalSetup(Target = nameof(PollyOpenThrows))]
    public void SetUpPollyOpenThrows() => Engage(() => CallAndCatch(_pollyOpen));

    [GlobalCleanup]
    public void Cleanup() => _crew?.Dispose();

    private void Engage(Action work) => _crew = new Crew(Threads, work);

    private static void Call(CircuitBreaker breaker)
    {
        for (var i = 0; i < Calls; i++)
        {
            if (breaker.TryAcquire(out var permit, out _))
            {
                breaker.Record(permit, CallResult.Succeeded(Latency));
            }
        }
    }

    // The cheapest way in: the outcome is a value, the context comes from Polly's pool, and the call has no closure.
    private static void Call(ResiliencePipeline<int> polly)
    {
        for (var i = 0; i < Calls; i++)
        {
            _ = Call(polly, Outcome.FromResult(1));
        }
    }

    private static Outcome<int> Call(ResiliencePipeline<int> polly, Outcome<int> outcome)
    {
        var context = ResilienceContextPool.Shared.Get();
        var call = polly.ExecuteOutcomeAsync(static (_, outcome) => ValueTask.FromResult(outcome), context, outcome);
        if (!call.IsCompleted)
        {
            throw new InvalidOperationException("Nothing here waits.");
        }

        ResilienceContextPool.Shared.Return(context);
        return call.Result;
    }

    private static void CallAndCatch(ResiliencePipeline<int> polly)
    {
        for (var i = 0; i < Throws; i++)
        {
            try
            {
                polly.Execute(static _ => 1, 0);
            }
            catch (BrokenCircuitException)
            {
                // The refusal.
            }
        }
    }

    private static CircuitBreaker Breaker(CircuitBreakerOptions options) => new("benchmark", options, TimeProvider.System, () => 0);

    private static CircuitBreaker Opened(CircuitBreaker breaker)
    {
        while (breaker.TryAcquire(out var permit, out _))
        {
            breaker.Record(permit, CallResult.Failure(CallCause.Status5xx, Latency, 503));
        }

        return breaker;
    }

    private static ResiliencePipeline<int> PollyBreaker() =>
        new ResiliencePipelineBuilder<int>().AddCircuitBreaker(new() { MinimumThroughput = 2, BreakDuration = Long }).Build();

    private static ResiliencePipeline<int> Opened(ResiliencePipeline<int> polly)
    {
        while (Call(polly, Outcome.FromException<int>(new TimeoutException())).Exception is not BrokenCircuitException)
        {
        }

        return polly;
    }
}
