using System.Net;

namespace EventGateway.Aggregator.Tests;

public sealed class ConcurrencyTests
{
    [Theory]
    [InlineData(3, 10, 3)]
    [InlineData(256, 10, 10)]
    [InlineData(1, 4, 1)]
    public async Task RunAsync_ManyEvents_HasExactlyTheAllowedNumberInFlight(int allowed, int events, int expected)
    {
        var scenario = Scenario.Of(o => o.Steps[1].MaxConcurrency = allowed);
        var ids = Enumerable.Range(0, events).Select(i => $"e{i}").ToArray();
        scenario.WithUser(ids);
        var held = ids.Select(id => scenario.Upstream.Hold($"/getEventById/{id}")).ToArray();

        var run = scenario.RunAsync();
        for (var i = 0; i < events; i++)
        {
            // All that may have started have, and not one more, each time one ends.
            await Task.WhenAll(held.Take(Math.Min(events, i + expected)).Select(call => call.Arrived));
            Assert.DoesNotContain(held.Skip(i + expected), call => call.HasArrived);
            held[i].Release($"{i}");
        }

        using var answer = await run;
        Assert.Equal($"[{string.Join(',', Enumerable.Range(0, events))}]", Scenario.BodyOf(answer));
        Assert.Equal(expected, scenario.Upstream.Peak);
        scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_EventsCompleteInReverse_KeepsTheUsersOrder()
    {
        var scenario = Scenario.Of().WithUser("a", "b", "c");
        var held = new[] { "a", "b", "c" }.Select(id => scenario.Upstream.Hold($"/getEventById/{id}")).ToArray();

        var run = scenario.RunAsync();
        await Task.WhenAll(held.Select(call => call.Arrived));
        held[2].Release("3");
        held[1].Release("2");
        held[0].Release("1");

        using var answer = await run;
        Assert.Equal("[1,2,3]", Scenario.BodyOf(answer));
    }

    [Fact]
    public async Task RunAsync_FirstFailure_CancelsSiblingsAndWaitsForTheirEnd()
    {
        var scenario = Scenario.Of().WithUser("a", "b", "c");
        var held = new[] { "a", "b", "c" }.Select(id => scenario.Upstream.Hold($"/getEventById/{id}")).ToArray();

        var run = scenario.RunAsync();
        await Task.WhenAll(held.Select(call => call.Arrived));
        held[1].Release(FakeUpstream.Json("{}", HttpStatusCode.InternalServerError));

        using var answer = await run;
        scenario.AssertNoOrphans();
        Assert.Equal((AggregationError.BadStatus, "b"), (answer.Failure?.Error, answer.Failure?.Item));
        Assert.Equal(PartOutcome.Cancelled, scenario.Upstream.ResultOf("/getEventById/a").Outcome);
        Assert.Equal(PartOutcome.Cancelled, scenario.Upstream.ResultOf("/getEventById/c").Outcome);
    }

    [Fact]
    public async Task RunAsync_FailureWithEventsWaiting_StartsNoMore()
    {
        var scenario = Scenario.Of(o => o.Steps[1].MaxConcurrency = 1).WithUser("a", "b", "c");
        scenario.Upstream.Answer("/getEventById/a", "{}", HttpStatusCode.BadGateway);

        Assert.Equal("a", (await scenario.FailureAsync()).Item);
        Assert.Equal(["/getUserById/u", "/getEventById/a"], scenario.Upstream.Calls);
    }

    [Fact]
    public async Task RunAsync_UpstreamHasADefect_ThrowsItWhenAllCallsHaveEnded()
    {
        var scenario = Scenario.Of().WithUser("a", "b");
        var held = scenario.Upstream.Hold("/getEventById/a");
        scenario.Upstream.Throw("/getEventById/b", new NotImplementedException());

        await Assert.ThrowsAsync<NotImplementedException>(scenario.RunAsync);

        Assert.True(held.HasArrived);
        scenario.AssertNoOrphans();
    }

    [Fact]
    public async Task RunAsync_IndependentLists_BothRunAtOnce()
    {
        var scenario = Scenario.Of(CompositionTests.TwoLists());
        var left = scenario.Upstream.Hold("/left/u");
        var right = scenario.Upstream.Hold("/right/u");

        var run = scenario.RunAsync();
        await Task.WhenAll(left.Arrived, right.Arrived);

        // The fan-out begins as soon as its own list is in, whatever the other one does.
        var item = scenario.Upstream.Hold("/one/1");
        left.Release("[1]");
        await item.Arrived;
        item.Release("\"one\"");
        scenario.Upstream.Answer("/two/2", "\"two\"");
        right.Release("[2]");

        using var answer = await run;
        Assert.Equal("""{"ones":["one"],"twos":["two"]}""", Scenario.BodyOf(answer));
    }
}
