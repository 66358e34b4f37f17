using System.Buffers;
using System.Text;
using EventGateway.Testing;

namespace EventGateway.Aggregator.Tests;

/// <summary>Compositions, and short verbs to compile and run them.</summary>
internal sealed class Scenario(AggregationPlan plan)
{
    public FakeUpstream Upstream { get; } = new();

    public ManualClock Clock { get; } = new();

    /// <summary>The shipped aggregation: the events of a user.</summary>
    public static AggregationOptions EventsByUser() => new()
    {
        Match = { Path = "/getEventsByUserId/{id}", Methods = ["GET"] },
        Steps =
        [
            new() { Id = "user", Cluster = "event-api", Path = "/getUserById/{id}" },
            new() { Id = "event", Cluster = "event-api", Path = "/getEventById/{item}", ForEach = "user#/events" },
        ],
        Output = new() { Step = "event" },
    };

    public static Scenario Of(AggregationOptions options)
    {
        var problems = new List<PlanProblem>();
        var plan = AggregationPlan.Compile("test", options, problems);
        Assert.Empty(problems);
        return new(plan!);
    }

    public static Scenario Of(Action<AggregationOptions>? change = null)
    {
        var options = EventsByUser();
        change?.Invoke(options);
        return Of(options);
    }

    /// <summary>A user with these events, each answered at once with its path's last segment as a string.</summary>
    public Scenario WithUser(params string[] events)
    {
        Upstream.Answer("/getUserById/u", $$"""{"id":"u","events":[{{string.Join(',', events.Select(e => $"\"{e}\""))}}]}""");
        foreach (var id in events)
        {
            Upstream.Answer($"/getEventById/{id}", $"\"{id}\"");
        }

        return this;
    }

    public Task<AggregationAnswer> RunUntilAsync(CancellationToken clientLeft) => plan.RunAsync(["u"], Upstream, Clock, clientLeft);

    /// <summary>Runs for another caller.</summary>
    public Task<AggregationAnswer> RunAsAsync(UInt128 caller) =>
        plan.RunAsync(["u"], Upstream.From(caller), Clock, TestContext.Current.CancellationToken);

    public Task<AggregationAnswer> RunAsync() => RunUntilAsync(TestContext.Current.CancellationToken);

    /// <summary>Runs and returns the body.</summary>
    public async Task<string> BodyAsync()
    {
        using var answer = await RunAsync();
        Assert.Null(answer.Failure);
        return BodyOf(answer);
    }

    /// <summary>Runs and returns the failure.</summary>
    public async Task<AggregationFailure> FailureAsync()
    {
        using var answer = await RunAsync();
        AssertNoOrphans();
        return Assert.IsType<AggregationFailure>(answer.Failure);
    }

    public static string BodyOf(AggregationAnswer answer)
    {
        var writer = new ArrayBufferWriter<byte>();
        answer.WriteTo(writer);
        Assert.Equal(answer.ContentLength, writer.WrittenCount);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }

    public void AssertNoOrphans()
    {
        Assert.Equal(0, Upstream.InFlight);
        Assert.Equal(Upstream.Calls.Order(StringComparer.Ordinal), Upstream.Finishes.Select(f => f.Path).Order(StringComparer.Ordinal));
    }
}
