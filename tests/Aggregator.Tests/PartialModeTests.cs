using System.Net;

namespace EventGateway.Aggregator.Tests;

public sealed class PartialModeTests
{
    private readonly Scenario _scenario = Scenario.Of(o => o.Mode = AggregationMode.Partial);

    private FakeUpstream Upstream => _scenario.Upstream;

    [Fact]
    public async Task RunAsync_SomeEventsFail_HasNullInTheirSlots()
    {
        _scenario.WithUser("a", "b", "c", "b");
        Upstream.Answer("/getEventById/b", "{}", HttpStatusCode.InternalServerError);

        using var answer = await _scenario.RunAsync();

        Assert.Equal("""["a",null,"c",null]""", Scenario.BodyOf(answer));
        Assert.Equal((2, 4, "no-store"), (answer.FailedParts, answer.TotalParts, answer.CacheControl));
        Assert.Equal(PartOutcome.Success, Upstream.ResultOf("/getEventById/c").Outcome);
        _scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_AllEventsFail_IsTheFirstFailure()
    {
        _scenario.WithUser("a", "b");
        Upstream.Answer("/getEventById/a", "{}", HttpStatusCode.InternalServerError).Answer("/getEventById/b", "{");

        var failure = await _scenario.FailureAsync();

        Assert.Equal((AggregationError.BadStatus, "a"), (failure.Error, failure.Item));
    }

    [Fact]
    public async Task RunAsync_NoEvents_IsNoFailure()
    {
        _scenario.WithUser();

        Assert.Equal("[]", await _scenario.BodyAsync());
    }

    [Fact]
    public async Task RunAsync_SourceFails_FailsAsAWhole()
    {
        Upstream.Answer("/getUserById/u", "{}", HttpStatusCode.NotFound);

        Assert.Equal(AggregationError.NotFound, (await _scenario.FailureAsync()).Error);
    }

    [Fact]
    public async Task RunAsync_OutOfTime_UnfinishedSlotsAreNull()
    {
        var scenario = Scenario.Of(o =>
        {
            o.Mode = AggregationMode.Partial;
            o.TotalTimeout = TimeSpan.FromSeconds(5);
            o.Steps[1].MaxConcurrency = 2;
        }).WithUser("a", "b", "c");
        var slow = scenario.Upstream.Hold("/getEventById/b");
        var slower = scenario.Upstream.Hold("/getEventById/c");

        var run = scenario.RunAsync();
        await Task.WhenAll(slow.Arrived, slower.Arrived);
        scenario.Clock.Advance(TimeSpan.FromSeconds(5));

        using var answer = await run;
        Assert.Equal("""["a",null,null]""", Scenario.BodyOf(answer));
        Assert.Equal(PartOutcome.Timeout, scenario.Upstream.ResultOf("/getEventById/b").Outcome);
        Assert.Equal(PartOutcome.Timeout, scenario.Upstream.ResultOf("/getEventById/c").Outcome);
    }

    [Fact]
    public async Task RunAsync_OutOfTimeBeforeSomeBegan_NeverCallsThem()
    {
        var scenario = Scenario.Of(o =>
        {
            o.Mode = AggregationMode.Partial;
            o.TotalTimeout = TimeSpan.FromSeconds(5);
            o.Steps[1].MaxConcurrency = 1;
        }).WithUser("a", "b", "c");
        var slow = scenario.Upstream.Hold("/getEventById/b");

        var run = scenario.RunAsync();
        await slow.Arrived;
        scenario.Clock.Advance(TimeSpan.FromSeconds(5));

        using var answer = await run;
        Assert.Equal("""["a",null,null]""", Scenario.BodyOf(answer));
        Assert.DoesNotContain("/getEventById/c", scenario.Upstream.Calls);
    }

    [Fact]
    public async Task RunAsync_ClientLeaves_IsCancelledAsAWhole()
    {
        using var client = new CancellationTokenSource();
        _scenario.WithUser("a", "b");
        var slow = Upstream.Hold("/getEventById/b");

        var run = _scenario.RunUntilAsync(client.Token);
        await slow.Arrived;
        await client.CancelAsync();

        using var answer = await run;
        Assert.Equal(AggregationError.Cancelled, answer.Failure?.Error);
    }

    [Fact]
    public async Task RunAsync_OneOfTwoListsLost_KeepsTheOther()
    {
        var options = CompositionTests.TwoLists();
        options.Mode = AggregationMode.Partial;
        var scenario = Scenario.Of(options);
        scenario.Upstream.Answer("/left/u", "[1]").Answer("/right/u", "[2]")
            .Answer("/one/1", "1").Answer("/two/2", "2", HttpStatusCode.BadGateway);

        using var answer = await scenario.RunAsync();

        Assert.Equal("""{"ones":[1],"twos":[null]}""", Scenario.BodyOf(answer));
        Assert.Equal((1, 2), (answer.FailedParts, answer.TotalParts));
    }

    [Fact]
    public async Task RunAsync_UserIsThereButAllEventsAreLost_IsAFailure()
    {
        var scenario = Scenario.Of(o =>
        {
            o.Mode = AggregationMode.Partial;
            o.Output = new() { Members = { ["user"] = "user", ["events"] = "event" } };
        }).WithUser("a");
        scenario.Upstream.Answer("/getEventById/a", "{}", HttpStatusCode.BadGateway);

        Assert.Equal(AggregationError.BadStatus, (await scenario.FailureAsync()).Error);
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, """{"x":1,"y":null}""")]
    [InlineData(HttpStatusCode.NotFound, null)]
    public async Task RunAsync_IndependentSteps_FailOnlyTogether(HttpStatusCode first, string? expected)
    {
        var scenario = Scenario.Of(new AggregationOptions
        {
            Match = { Path = "/both/{id}" },
            Steps = [new() { Id = "x", Cluster = "c", Path = "/x/{id}" }, new() { Id = "y", Cluster = "c", Path = "/y/{id}" }],
            Output = new() { Members = { ["x"] = "x", ["y"] = "y" } },
            Mode = AggregationMode.Partial,
        });
        scenario.Upstream.Answer("/x/u", "1", first).Answer("/y/u", "2", HttpStatusCode.NotFound);

        using var answer = await scenario.RunAsync();

        Assert.Equal(expected, answer.Failure is null ? Scenario.BodyOf(answer) : null);
        Assert.Equal(expected is null ? AggregationError.NotFound : null, answer.Failure?.Error);
    }
}
