using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Limits;

public class CallLimitPlanTests
{
    private const string Metadata = "ReverseProxy.Clusters.event-api.Metadata";

    [Fact]
    public void CompileAll_ShippedFile_HasNoLimits() => Assert.Empty(Reading.Shipped().IsTakenUp().CallLimits);

    [Fact]
    public void CompileAll_AllThree_AreTaken() => Assert.Equal(
        new CallLimitPlan(1024, 256, TimeSpan.FromMilliseconds(500)),
        With("""{ "MaxConcurrentCalls": "1024", "maxQueuedCalls": "256", "QueueTimeout": "00:00:00.500" }""").IsTakenUp().CallLimits["EVENT-API"]);

    [Fact]
    public void CompileAll_PlaceLimitAlone_LetsNobodyWait() => Assert.Equal(
        new CallLimitPlan(2000, 0, TimeSpan.FromSeconds(1)), With("""{ "MaxConcurrentCalls": 2000 }""").IsTakenUp().CallLimits["event-api"]);

    [Theory]
    [InlineData("MaxConcurrentCalls", "many", "'many' is not a whole number; MaxConcurrentCalls goes from 1 to 1000000.")]
    [InlineData("MaxConcurrentCalls", "0", "0 is out of range; MaxConcurrentCalls goes from 1 to 1000000.")]
    [InlineData("MaxConcurrentCalls", "1000001", "1000001 is out of range; MaxConcurrentCalls goes from 1 to 1000000.")]
    [InlineData("MaxQueuedCalls", "-1", "-1 is out of range; MaxQueuedCalls goes from 0 to 1000000.")]
    [InlineData("MaxQueuedCalls", "1.5", "'1.5' is not a whole number; MaxQueuedCalls goes from 0 to 1000000.")]
    [InlineData("QueueTimeout", "1", "'1' is not a duration in the form hh:mm:ss or hh:mm:ss.fff; QueueTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("QueueTimeout", "00:00:00", "00:00:00 is out of range; QueueTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    public void CompileAll_ValueOutOfRange_IsRefusedAtItsPlace(string key, string value, string problem)
    {
        var metadata = new JsonObject { ["MaxConcurrentCalls"] = "2000", ["MaxQueuedCalls"] = "1" };
        metadata[key] = value;
        With(metadata.ToJsonString()).IsRefused($"{Metadata}.{key}: {problem}");
    }

    [Fact]
    public void CompileAll_QueueWithoutPlaces_IsRefused() => With("""{ "MaxQueuedCalls": "5", "QueueTimeout": "00:00:01" }""").IsRefused(
        $"{Metadata}.MaxQueuedCalls: MaxQueuedCalls has no effect without MaxConcurrentCalls.",
        $"{Metadata}.QueueTimeout: QueueTimeout has no effect without MaxConcurrentCalls.");

    [Theory]
    [InlineData(255, 0, 1)]
    [InlineData(200, 55, 1)]
    [InlineData(200, 56, 0)]
    [InlineData(256, 0, 0)]
    public void CompileAll_LessRoomThanAStepNeedsAtOnce_IsAWarning(int places, int queue, int warnings)
    {
        var loaded = With($$"""{ "MaxConcurrentCalls": "{{places}}", "MaxQueuedCalls": "{{queue}}" }""");
        Assert.NotNull(loaded.Plan);
        Assert.Equal(warnings, loaded.Problems.Count);
        Assert.All(loaded.Problems, p => Assert.Contains("step 'event' makes up to 256 calls at once", p.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void CompileAll_ValueThatIsNoText_IsToldOnce() =>
        With("""{ "MaxConcurrentCalls": { "a": "1" } }""").IsRefused($"{Metadata}.MaxConcurrentCalls: this must be a single value.");

    [Fact]
    public void CompileAll_KeyOfYarpsOwn_IsLeftAlone() => With("""{ "TransportFailureRateHealthPolicy.RateLimit": "0.5" }""").IsTakenUp();

    private static LoadedConfiguration With(string metadata) =>
        Reading.Shipped(root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] = JsonNode.Parse(metadata));
}
