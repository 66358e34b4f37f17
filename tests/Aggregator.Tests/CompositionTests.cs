namespace EventGateway.Aggregator.Tests;

public sealed class CompositionTests
{
    public static AggregationOptions TwoLists() => new()
    {
        Match = { Path = "/both/{id}" },
        Steps =
        [
            new() { Id = "left", Cluster = "l", Path = "/left/{id}" },
            new() { Id = "right", Cluster = "r", Path = "/right/{id}" },
            new() { Id = "one", Cluster = "l", Path = "/one/{item}", ForEach = "left#" },
            new() { Id = "two", Cluster = "r", Path = "/two/{item}", ForEach = "right#" },
        ],
        Output = new() { Members = { ["ones"] = "one", ["twos"] = "two" } },
    };

    [Fact]
    public async Task RunAsync_UserWithEventsAsObject_HasBothInTheConfiguredOrder()
    {
        var scenario = Scenario.Of(o => o.Output = new() { Members = { ["user"] = "user", ["events \"of\""] = "event" } }).WithUser("a");

        Assert.Equal("""{"user":{"id":"u","events":["a"]},"events \"of\"":["a"]}""", await scenario.BodyAsync());
    }

    [Fact]
    public async Task RunAsync_TwoIndependentLists_MergeIntoOneObject()
    {
        var scenario = Scenario.Of(TwoLists());
        scenario.Upstream.Answer("/left/u", "[1]").Answer("/right/u", "[]").Answer("/one/1", "{}");

        Assert.Equal("""{"ones":[{}],"twos":[]}""", await scenario.BodyAsync());
    }

    [Fact]
    public async Task RunAsync_OneStepAsOutput_IsItsAnswerAsItCame()
    {
        var scenario = Scenario.Of(o =>
        {
            o.Steps.RemoveAt(1);
            o.Output.Step = "user";
        });
        scenario.Upstream.Answer("/getUserById/u", " {\"a\" : 1e400,\"a\":2}\n");

        using var answer = await scenario.RunAsync();

        Assert.Equal(" {\"a\" : 1e400,\"a\":2}\n", Scenario.BodyOf(answer));
        Assert.Equal((0, 1), (answer.FanOut, answer.TotalParts));
    }
}
