namespace EventGateway.Aggregator.Tests;

public sealed class TimeoutTests
{
    private readonly Scenario _scenario = Scenario.Of(o =>
    {
        o.Steps[0].Timeout = TimeSpan.FromSeconds(6);
        o.TotalTimeout = TimeSpan.FromSeconds(10);
        o.Steps[1].Timeout = TimeSpan.FromSeconds(8);
    });

    private FakeUpstream Upstream => _scenario.Upstream;

    [Fact]
    public async Task RunAsync_CallHangs_TimesOutAfterItsOwnTime()
    {
        var user = Upstream.Hold("/getUserById/u");

        var run = _scenario.RunAsync();
        await user.Arrived;
        _scenario.Clock.Advance(TimeSpan.FromSeconds(6) - TimeSpan.FromTicks(1));
        Assert.False(run.IsCompleted);
        _scenario.Clock.Advance(TimeSpan.FromTicks(1));

        using var answer = await run;
        Assert.Equal((AggregationError.Timeout, "user"), (answer.Failure?.Error, answer.Failure?.Step));
        var result = Upstream.ResultOf("/getUserById/u");
        Assert.Equal((PartOutcome.Timeout, null, TimeSpan.FromSeconds(6)), (result.Outcome, result.Status, result.Duration));
    }

    [Fact]
    public async Task RunAsync_LittleTimeIsLeft_TheNextCallHasOnlyThat()
    {
        var user = Upstream.Hold("/getUserById/u");
        var found = Upstream.Hold("/getEventById/a");

        var run = _scenario.RunAsync();
        await user.Arrived;
        _scenario.Clock.Advance(TimeSpan.FromSeconds(5));
        user.Release("""{"events":["a"]}""");
        await found.Arrived;
        _scenario.Clock.Advance(TimeSpan.FromSeconds(5));

        using var answer = await run;
        Assert.Equal((AggregationError.Timeout, "event", "a"), (answer.Failure?.Error, answer.Failure?.Step, answer.Failure?.Item));
        Assert.Equal(PartOutcome.Timeout, Upstream.ResultOf("/getEventById/a").Outcome);
        Assert.Equal(TimeSpan.FromSeconds(5), Upstream.ResultOf("/getEventById/a").Duration);
    }

    [Fact]
    public async Task RunAsync_TimeIsOverForSeveralCalls_EachOfThemTimesOut()
    {
        var held = new[] { "a", "b", "c" }.Select(id => Upstream.Hold($"/getEventById/{id}")).ToList();
        var user = Upstream.Hold("/getUserById/u");

        var run = _scenario.RunAsync();
        await user.Arrived;
        _scenario.Clock.Advance(TimeSpan.FromSeconds(5));
        user.Release("""{"events":["a","b","c"]}""");
        await Task.WhenAll(held.Select(call => call.Arrived));
        _scenario.Clock.Advance(TimeSpan.FromSeconds(5));

        using var answer = await run;
        Assert.Equal(AggregationError.Timeout, answer.Failure?.Error);
        Assert.All(["a", "b", "c"], id => Assert.Equal(PartOutcome.Timeout, Upstream.ResultOf($"/getEventById/{id}").Outcome));
    }

    [Fact]
    public async Task RunAsync_BodyStalls_TimesOutWithTheStatusThatCame()
    {
        await using var body = new PieceStream(["{\"ev"u8.ToArray()], stalls: true);
        Upstream.Answer("/getUserById/u", () => new() { Content = new StreamContent(body) });

        var run = _scenario.RunAsync();
        await body.Stalled;
        _scenario.Clock.Advance(TimeSpan.FromSeconds(6));

        using var answer = await run;
        Assert.Equal(AggregationError.Timeout, answer.Failure?.Error);
        Assert.Equal((PartOutcome.Timeout, 200), (Upstream.ResultOf("/getUserById/u").Outcome, Upstream.ResultOf("/getUserById/u").Status));
    }

    [Fact]
    public async Task RunAsync_UpstreamGivesUpByItself_IsATimeout()
    {
        Upstream.Throw("/getUserById/u", new TaskCanceledException("connect timeout", new TimeoutException()));

        Assert.Equal(AggregationError.Timeout, (await _scenario.FailureAsync()).Error);
    }

    [Fact]
    public async Task RunAsync_ClientLeaves_CancelsEveryCallAndIsNoTimeout()
    {
        using var client = new CancellationTokenSource();
        _scenario.WithUser("a", "b");
        var first = Upstream.Hold("/getEventById/a");
        var second = Upstream.Hold("/getEventById/b");

        var run = _scenario.RunUntilAsync(client.Token);
        await Task.WhenAll(first.Arrived, second.Arrived);
        await client.CancelAsync();

        using var answer = await run;
        _scenario.AssertNoOrphans();
        Assert.Equal(AggregationError.Cancelled, answer.Failure?.Error);
        Assert.Equal(PartOutcome.Cancelled, Upstream.ResultOf("/getEventById/a").Outcome);
        Assert.Equal(PartOutcome.Cancelled, Upstream.ResultOf("/getEventById/b").Outcome);
    }

    [Fact]
    public async Task RunAsync_ClientHasLeftBefore_MakesNoCall()
    {
        using var answer = await _scenario.RunUntilAsync(new CancellationToken(canceled: true));

        Assert.Equal(AggregationError.Cancelled, answer.Failure?.Error);
        Assert.Empty(Upstream.Calls);
    }
}
