using System.Net;
using System.Text;

namespace EventGateway.Aggregator.Tests;

/// <summary>Requests that make the same call at the same time, of a step that shares its calls: the event's.</summary>
public sealed class SharedCallTests
{
    private const string User = "/getUserById/u";
    private const string Event = "/getEventById/a";
    private const int LargeBody = 600_000;
    private const int LargeArray = 1024 * 1024;   // what the pool lends for it

    private readonly Scenario _scenario = Of();

    private FakeUpstream Upstream => _scenario.Upstream;

    [Fact]
    public async Task RunAsync_TwoRequestsAtOnce_MakeTheCallOnce()
    {
        var held = Upstream.Hold(Event);
        var (first, second) = (_scenario.RunAsync(), _scenario.RunAsync());
        held.Release("1");

        await AssertBodyAsync("[1]", first);
        await AssertBodyAsync("[1]", second);
        Assert.Single(Upstream.Calls, Event);
        Assert.Equal(2, Upstream.Calls.Count(path => path != Event));   // the user's step doesn't share
        Assert.Equal([(Event, PartOutcome.Success), (Event, PartOutcome.Success)], Upstream.SharedParts);
        Assert.Equal([Event], Upstream.Joins);
        _scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_TheCallIsOver_TheNextRequestMakesItsOwn()
    {
        Upstream.Answer(Event, "1");
        Assert.Equal("[1]", await _scenario.BodyAsync());
        Upstream.Answer(Event, "2");
        Assert.Equal("[2]", await _scenario.BodyAsync());
        Assert.Empty(Upstream.Joins);
    }

    [Fact]
    public async Task RunAsync_AnotherCaller_MakesItsOwnCall()
    {
        var held = Upstream.Hold(Event);
        var first = _scenario.RunAsync();
        Upstream.Answer(Event, "2");

        await AssertBodyAsync("[2]", _scenario.RunAsAsync(caller: 2));
        held.Release("1");
        await AssertBodyAsync("[1]", first);
    }

    [Fact]
    public async Task RunAsync_StepDoesNotShare_MakesItsOwnCall()
    {
        var scenario = Scenario.Of().WithUser("a");
        var held = scenario.Upstream.Hold(Event);
        var first = scenario.RunAsync();
        scenario.Upstream.Answer(Event, "2");

        await AssertBodyAsync("[2]", scenario.RunAsync());
        held.Release("1");
        await AssertBodyAsync("[1]", first);
        Assert.Empty(scenario.Upstream.Joins);
    }

    [Fact]
    public async Task RunAsync_AfterAnEdit_MakesItsOwnCall()
    {
        var edited = Of();
        var held = Upstream.Hold(Event);
        var first = _scenario.RunAsync();
        edited.Upstream.Answer(Event, "2");

        await AssertBodyAsync("[2]", edited.RunAsync());
        held.Release("1");
        await AssertBodyAsync("[1]", first);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task RunAsync_OneOfTwoClientsLeaves_TheOtherHasTheAnswer(int leaver)
    {
        var held = Upstream.Hold(Event);
        using var client = new CancellationTokenSource();
        var runs = Enumerable.Range(0, 2).Select(i => i == leaver ? _scenario.RunUntilAsync(client.Token) : _scenario.RunAsync()).ToArray();

        await client.CancelAsync();

        using (var left = await runs[leaver])
        {
            Assert.Equal(AggregationError.Cancelled, left.Failure?.Error);
        }

        Assert.DoesNotContain(Upstream.Finishes, finish => finish.Path == Event);
        held.Release("1");
        await AssertBodyAsync("[1]", runs[1 - leaver]);
        Assert.Equal(PartOutcome.Success, Upstream.ResultOf(Event).Outcome);
        Assert.Contains((Event, PartOutcome.Cancelled), Upstream.SharedParts);
        _scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_AllClientsLeave_CancelsTheCallAndIsNoTimeout()
    {
        var held = Upstream.Hold(Event);
        using var client = new CancellationTokenSource();
        var runs = Enumerable.Range(0, 3).Select(_ => _scenario.RunUntilAsync(client.Token)).ToArray();
        await held.Arrived;

        await client.CancelAsync();

        foreach (var answer in await Task.WhenAll(runs))
        {
            Assert.Equal(AggregationError.Cancelled, answer.Failure?.Error);
        }

        Assert.Equal(PartOutcome.Cancelled, Upstream.ResultOf(Event).Outcome);
        _scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_LastClientLeavesACallThatIsSlowToEnd_OutlivesItAndTheNextBeginsAnew()
    {
        var ended = new TaskCompletionSource<HttpResponseMessage>();
        Upstream.Answer(Event, _ => ended.Task);
        using var client = new CancellationTokenSource();
        var run = _scenario.RunUntilAsync(client.Token);
        await client.CancelAsync();
        Assert.False(run.IsCompleted);

        Upstream.Answer(Event, "2");
        await AssertBodyAsync("[2]", _scenario.RunAsync());

        ended.SetException(new OperationCanceledException());
        using var answer = await run;
        Assert.Equal(AggregationError.Cancelled, answer.Failure?.Error);
        _scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_TheCallFails_FailsForAllAndTheNextBeginsAnew()
    {
        var held = Upstream.Hold(Event);
        var runs = new[] { _scenario.RunAsync(), _scenario.RunAsync() };
        var busy = FakeUpstream.Json("{}", HttpStatusCode.ServiceUnavailable);
        busy.Headers.RetryAfter = new(TimeSpan.FromSeconds(7));
        held.Release(busy);

        foreach (var answer in await Task.WhenAll(runs))
        {
            Assert.Equal(
                (AggregationError.BadStatus, "event", "a", TimeSpan.FromSeconds(7)),
                (answer.Failure?.Error, answer.Failure?.Step, answer.Failure?.Item, answer.Failure?.RetryAfter));
        }

        Upstream.Answer(Event, "2");
        Assert.Equal("[2]", await _scenario.BodyAsync());
        Assert.Equal(2, Upstream.Calls.Count(path => path == Event));
    }

    [Fact]
    public async Task RunAsync_TheCallIsNotAttempted_SaysSoToAll()
    {
        var held = Upstream.Hold(Event);
        var runs = new[] { _scenario.RunAsync(), _scenario.RunAsync() };
        held.Break(new UpstreamUnavailableException { RetryAfter = TimeSpan.FromSeconds(3) });

        foreach (var answer in await Task.WhenAll(runs))
        {
            Assert.Equal((AggregationError.Unavailable, TimeSpan.FromSeconds(3)), (answer.Failure?.Error, answer.Failure?.RetryAfter));
        }
    }

    [Fact]
    public async Task RunAsync_UpstreamHasADefect_ThrowsItForAll()
    {
        var held = Upstream.Hold(Event);
        var runs = new[] { _scenario.RunAsync(), _scenario.RunAsync() };
        held.Break(new NotImplementedException());

        await Assert.ThrowsAsync<NotImplementedException>(() => runs[0]);
        await Assert.ThrowsAsync<NotImplementedException>(() => runs[1]);
        Upstream.Answer(Event, "2");
        Assert.Equal("[2]", await _scenario.BodyAsync());
    }

    [Fact]
    public async Task RunAsync_TheCallHangs_TimesOutForAllWhenItsOwnTimeIsOver()
    {
        Upstream.Hold(Event);
        var first = _scenario.RunAsync();
        _scenario.Clock.Advance(TimeSpan.FromSeconds(4));
        var second = _scenario.RunAsync();
        _scenario.Clock.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.False(first.IsCompleted || second.IsCompleted);
        _scenario.Clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(AggregationError.Timeout, (await first).Failure?.Error);
        Assert.Equal(AggregationError.Timeout, (await second).Failure?.Error);
        Assert.Equal((PartOutcome.Timeout, TimeSpan.FromSeconds(5)), (Upstream.ResultOf(Event).Outcome, Upstream.ResultOf(Event).Duration));
    }

    [Fact]
    public async Task RunAsync_OneRunsOutOfTimeInAll_LeavesTheCallToTheOther()
    {
        var scenario = Of(o => o.TotalTimeout = TimeSpan.FromSeconds(6));
        var (late, held) = await StartLateAsync(scenario);
        var early = RunFor(scenario, "a");
        scenario.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(AggregationError.Timeout, (await late).Failure?.Error);
        Assert.False(early.IsCompleted);
        held.Release("1");
        await AssertBodyAsync("[1]", early);
        Assert.Equal(PartOutcome.Success, scenario.Upstream.ResultOf(Event).Outcome);
    }

    [Fact]
    public async Task RunAsync_LastOneRunsOutOfTimeInAll_IsATimeoutOfTheCall()
    {
        var scenario = Of(o => o.TotalTimeout = TimeSpan.FromSeconds(6));
        var (late, _) = await StartLateAsync(scenario);
        scenario.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(AggregationError.Timeout, (await late).Failure?.Error);
        var result = scenario.Upstream.ResultOf(Event);
        Assert.Equal((PartOutcome.Timeout, TimeSpan.FromSeconds(2)), (result.Outcome, result.Duration));
    }

    [Fact]
    public async Task RunAsync_SiblingFailsForOne_LeavesTheCallToTheOther()
    {
        var held = Upstream.Hold(Event);
        var bad = Upstream.Hold("/getEventById/bad");
        var failing = RunFor("a", "bad");
        var other = RunFor("a");
        bad.Release(FakeUpstream.Json("{}", HttpStatusCode.InternalServerError));

        Assert.Equal("bad", (await failing).Failure?.Item);
        Assert.False(other.IsCompleted);
        held.Release("1");
        await AssertBodyAsync("[1]", other);
        Assert.Equal(PartOutcome.Success, Upstream.ResultOf(Event).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_TooLargeForOneInAll_FailsForItAlone(bool joinsBeforeTheLengthIsKnown)
    {
        var scenario = Of(o =>
        {
            o.MaxTotalBytes = 250;
            o.Mode = AggregationMode.Partial;
        });
        scenario.Upstream.Answer("/getEventById/large", Encoding.UTF8.GetString(Text(200)));
        scenario.Upstream.Answer("/getEventById/small", Encoding.UTF8.GetString(Text(10)));
        var held = scenario.Upstream.Hold(Event);
        var open = new TaskCompletionSource();
        await using var body = new PieceStream([Text(60)], opens: open.Task);
        var modest = RunFor(scenario, "a");
        var greedy = joinsBeforeTheLengthIsKnown ? RunFor(scenario, "large", "a", "small") : null;
        held.Release(new HttpResponseMessage { Content = new StreamContent(body) { Headers = { ContentLength = 60 } } });
        await body.Asked;
        greedy ??= RunFor(scenario, "large", "a", "small");

        using (var answer = await greedy)
        {
            Assert.Null(answer.Failure);
            Assert.Equal((1, 3), (answer.FailedParts, answer.TotalParts));
        }

        Assert.False(modest.IsCompleted);
        open.SetResult();
        await AssertBodyAsync($"[{Encoding.UTF8.GetString(Text(60))}]", modest);
        Assert.Equal(PartOutcome.Success, scenario.Upstream.ResultOf(Event).Outcome);
        Assert.Contains((Event, PartOutcome.TooLarge), scenario.Upstream.SharedParts);
        scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_TooLargeForOneInTheMiddle_HasItsBytesForOthers()
    {
        var scenario = Of(o =>
        {
            o.MaxTotalBytes = 250;
            o.Mode = AggregationMode.Partial;
            o.Steps[1].MaxConcurrency = 1;
        });
        scenario.Upstream.Answer("/getEventById/large", Encoding.UTF8.GetString(Text(150)));
        scenario.Upstream.Answer("/getEventById/small", Encoding.UTF8.GetString(Text(60)));
        var held = scenario.Upstream.Hold(Event);
        var modest = RunFor(scenario, "a");
        var greedy = RunFor(scenario, "large", "a", "small");
        await using var body = new PieceStream([Text(100)[..50], Text(100)[50..]]);
        held.Release(new HttpResponseMessage { Content = new StreamContent(body) });

        using var answer = await greedy;
        Assert.Null(answer.Failure);
        Assert.Equal((1, 3), (answer.FailedParts, answer.TotalParts));
        await AssertBodyAsync($"[{Encoding.UTF8.GetString(Text(100))}]", modest);
    }

    [Fact]
    public async Task RunAsync_TooLargeForAll_EndsTheCall()
    {
        var scenario = Of(o => o.Steps[1].MaxBytes = 1000);
        var held = scenario.Upstream.Hold(Event);
        var runs = new[] { RunFor(scenario, "a"), RunFor(scenario, "a") };
        await using var body = new PieceStream([Text(900), Text(900)]);
        held.Release(new HttpResponseMessage { Content = new StreamContent(body) });

        foreach (var answer in await Task.WhenAll(runs))
        {
            Assert.Equal(AggregationError.TooLarge, answer.Failure?.Error);
        }

        Assert.Equal(PartOutcome.TooLarge, scenario.Upstream.ResultOf(Event).Outcome);
        scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_TheCallFailsInPartialMode_GivesItsBytesBackToEachRequest()
    {
        var scenario = Of(o =>
        {
            o.MaxTotalBytes = 100;
            o.Mode = AggregationMode.Partial;
            o.Steps[1].MaxConcurrency = 1;
        });
        var held = scenario.Upstream.Hold(Event);
        scenario.Upstream.Answer("/getEventById/b", Encoding.UTF8.GetString(Text(60)));
        var runs = new[] { RunFor(scenario, "a", "b"), RunFor(scenario, "a", "b") };
        await using var body = new PieceStream([Text(60)], breaksWith: new IOException());
        held.Release(new HttpResponseMessage { Content = new StreamContent(body) });

        foreach (var answer in await Task.WhenAll(runs))
        {
            Assert.Null(answer.Failure);
            Assert.Equal((1, 2), (answer.FailedParts, answer.TotalParts));
        }
    }

    [Fact]
    public async Task RunAsync_ManyHoldOneBuffer_GiveItBackOnceWhenTheLastHasWritten()
    {
        using var pool = new PoolWatch(LargeArray);
        var large = Text(LargeBody);
        var held = Upstream.Hold(Event);
        var runs = Enumerable.Range(0, 5).Select(_ => RunFor("a")).ToArray();
        held.Release(Encoding.UTF8.GetString(large));
        var answers = await Task.WhenAll(runs);
        Assert.Equal((1, 0), (pool.Rented, pool.Returned));

        foreach (var answer in answers[..4])
        {
            Assert.Equal(LargeBody + 2, Scenario.BodyOf(answer).Length);
            answer.Dispose();
            answer.Dispose();   // as the handler does
        }

        Assert.Equal(0, pool.Returned);
        Assert.Equal(LargeBody + 2, Scenario.BodyOf(answers[4]).Length);
        answers[4].Dispose();
        Assert.Equal((1, 1), (pool.Rented, pool.Returned));
    }

    [Fact]
    public async Task RunAsync_AHundredRequestsWithTheSameTenEvents_MakeTenCalls()
    {
        var ids = Enumerable.Range(0, 10).Select(i => $"e{i}").ToArray();
        var paths = ids.Select(id => $"/getEventById/{id}").ToArray();
        for (var round = 0; round < 100; round++)
        {
            var scenario = Of();
            var held = paths.Select(scenario.Upstream.Hold).ToArray();
            var runs = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => new[] { RunFor(scenario, ids) })));
            Assert.Equal(99 * 10, scenario.Upstream.Joins.Count);
            Parallel.For(0, held.Length, i => held[i].Release($"{i}"));

            foreach (var run in runs)
            {
                await AssertBodyAsync("[0,1,2,3,4,5,6,7,8,9]", run[0]);
            }

            Assert.Equal(paths, scenario.Upstream.Calls.Where(path => path != User).Order(StringComparer.Ordinal));
            scenario.AssertNoOrphans();
        }
    }

    [Fact]
    public async Task RunAsync_ClientsComeAndGoAtRandom_EachGetsTheAnswerOrHasLeft()
    {
        using var pool = new PoolWatch(LargeArray);
        var random = new Random(22);
        var large = Encoding.UTF8.GetString(Text(LargeBody));
        var (answered, left) = (0, 0);
        for (var round = 0; round < 100; round++)
        {
            var scenario = Of(o => o.Steps[1].MaxBytes = LargeBody);
            scenario.Upstream.Answer(Event, async token =>
            {
                await Task.Yield();
                Thread.SpinWait(2_000);
                token.ThrowIfCancellationRequested();
                return FakeUpstream.Json(large);
            });
            var patience = Enumerable.Range(0, 8).Select(_ => random.Next(0, 4) == 0 ? -1 : random.Next(0, 400_000)).ToArray();
            await Task.WhenAll(patience.Select(spins => Task.Run(async () =>
            {
                using var client = new CancellationTokenSource();
                var run = RunFor(scenario, client.Token, "a");
                if (spins >= 0)
                {
                    Thread.SpinWait(spins);
                    await client.CancelAsync();
                }

                using var answer = await run;
                if (answer.Failure is null)
                {
                    Interlocked.Increment(ref answered);
                    Assert.Equal(LargeBody + 2, Scenario.BodyOf(answer).Length);
                }
                else
                {
                    Interlocked.Increment(ref left);
                    Assert.Equal(AggregationError.Cancelled, answer.Failure.Error);
                    Assert.True(spins >= 0);
                }
            })));
            scenario.AssertNoOrphans();
            Assert.Equal(pool.Rented, pool.Returned);
        }

        Assert.InRange(answered, 100, 799);
        Assert.InRange(left, 1, 700);
    }

    private static Scenario Of(Action<AggregationOptions>? change = null) => Scenario.Of(o =>
    {
        o.Steps[1].ShareCalls = true;
        o.Steps[1].MaxBytes = LargeBody;
        change?.Invoke(o);
    }).WithUser("a");

    private static byte[] Text(int bytes) => Encoding.UTF8.GetBytes($"\"{new string('x', bytes - 2)}\"");

    private static async Task AssertBodyAsync(string expected, Task<AggregationAnswer> run)
    {
        using var answer = await run;
        Assert.Null(answer.Failure);
        Assert.Equal(expected, Scenario.BodyOf(answer));
    }

    private static Task<AggregationAnswer> RunFor(Scenario scenario, params string[] events) =>
        RunFor(scenario, TestContext.Current.CancellationToken, events);

    // The user's answer comes at once: when this returns, the events are being waited for.
    private static Task<AggregationAnswer> RunFor(Scenario scenario, CancellationToken clientLeft, params string[] events)
    {
        scenario.Upstream.Answer(User, $$"""{"events":["{{string.Join("\",\"", events)}}"]}""");
        return scenario.RunUntilAsync(clientLeft);
    }

    // Four of its six seconds are gone when it comes to the event.
    private static async Task<(Task<AggregationAnswer> Run, HeldCall Event)> StartLateAsync(Scenario scenario)
    {
        var user = scenario.Upstream.Hold(User);
        var held = scenario.Upstream.Hold(Event);
        var run = scenario.RunAsync();
        scenario.Clock.Advance(TimeSpan.FromSeconds(4));
        user.Release("""{"events":["a"]}""");
        await held.Arrived;
        return (run, held);
    }

    private Task<AggregationAnswer> RunFor(params string[] events) => RunFor(_scenario, events);
}
