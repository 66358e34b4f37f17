namespace EventGateway.Aggregator.Tests;

/// <summary>Requests on the system's time take over each other's token sources; what ended one must not end another.</summary>
public sealed class TokenReuseTests
{
    private readonly FakeUpstream _upstream = new FakeUpstream()
        .Answer("/getUserById/u", """{"events":["a","b"]}""").Answer("/getEventById/a", "1").Answer("/getEventById/b", "2");

    [Fact]
    public async Task RunAsync_AfterOneWhoseClientLeft_IsLeftAlone()
    {
        var plan = Plan();
        for (var i = 0; i < 20; i++)
        {
            using var client = new CancellationTokenSource();
            var abandoned = new FakeUpstream();
            var user = abandoned.Hold("/getUserById/u");
            var run = plan.RunAsync(["u"], abandoned, TimeProvider.System, client.Token);
            await user.Arrived;
            await client.CancelAsync();
            using var nothing = await run;
            Assert.Equal(AggregationError.Cancelled, nothing.Failure?.Error);

            using var answer = await plan.RunAsync(["u"], _upstream, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Null(answer.Failure);
        }
    }

    [Fact]
    public async Task RunAsync_AfterAnAnswer_NoEarlierClientEndsTheNextOne()
    {
        var plan = Plan();
        using var earlier = new CancellationTokenSource();
        using (var first = await plan.RunAsync(["u"], _upstream, TimeProvider.System, earlier.Token))
        {
            Assert.Null(first.Failure);
        }

        var upstream = new FakeUpstream().Answer("/getEventById/a", "1");
        var user = upstream.Hold("/getUserById/u");
        var run = plan.RunAsync(["u"], upstream, TimeProvider.System, TestContext.Current.CancellationToken);
        await user.Arrived;
        await earlier.CancelAsync();
        user.Release("""{"events":["a"]}""");

        using var answer = await run;
        Assert.Equal("[1]", Scenario.BodyOf(answer));
    }

    [Fact]
    public async Task RunAsync_OnTheSystemsTime_StillTimesOut()
    {
        var plan = Plan(options => options.Steps[0].Timeout = TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 3; i++)
        {
            using (var answer = await Plan().RunAsync(["u"], _upstream, TimeProvider.System, TestContext.Current.CancellationToken))
            {
                Assert.Null(answer.Failure);
            }

            var silent = new FakeUpstream();
            silent.Hold("/getUserById/u");
            using var late = await plan.RunAsync(["u"], silent, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(AggregationError.Timeout, late.Failure?.Error);
        }
    }

    private static AggregationPlan Plan(Action<AggregationOptions>? change = null)
    {
        var options = Scenario.EventsByUser();
        change?.Invoke(options);
        return AggregationPlan.Compile("test", options, [])!;
    }
}
