using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.RateLimiting;

public class RateLimiterPlanTests
{
    private const string FixedWindow = """ "Kind": "FixedWindow", "PermitLimit": 100, "Window": "00:01:00" """;

    [Theory]
    [InlineData(FixedWindow, "\"perClient\";q=100;w=60")]
    [InlineData(""" "Kind": "FixedWindow", "PermitLimit": 5, "Window": "00:00:01.500" """, "\"perClient\";q=5;w=2")]
    [InlineData(""" "Kind": "FixedWindow", "PermitLimit": 5, "Window": "00:00:00.100" """, "\"perClient\";q=5;w=1")]
    [InlineData(""" "Kind": "SlidingWindow", "PermitLimit": 100, "Window": "01:00:00", "SegmentsPerWindow": 6, "MaxPartitions": 5 """, "\"perClient\";q=100;w=3600")]
    [InlineData(
        """ "Kind": "TokenBucket", "PermitLimit": 20, "TokensPerPeriod": 3, "ReplenishmentPeriod": "00:00:01", "PartitionBy": "Subject" """,
        "\"perClient\";q=20;w=7")]
    [InlineData(
        """ "Kind": "Concurrency", "PermitLimit": 4, "QueueLimit": 8, "QueueTimeout": "00:00:02", "PartitionBy": "Header", "Header": "X-Tenant" """,
        "\"perClient\";q=4;qu=\"concurrent-requests\"")]
    public void Compile_PolicyOfEachKind_SaysInAFieldWhatItAllows(string policy, string field) =>
        Assert.Equal(field, With(policy).IsTakenUp().RateLimiters["perClient"].Field);

    [Theory]
    [InlineData(FixedWindow, "SegmentsPerWindow", "4", "FixedWindow")]
    [InlineData(FixedWindow, "TokensPerPeriod", "4", "FixedWindow")]
    [InlineData(FixedWindow, "ReplenishmentPeriod", "\"00:00:01\"", "FixedWindow")]
    [InlineData(FixedWindow, "QueueLimit", "4", "FixedWindow")]
    [InlineData(FixedWindow, "QueueTimeout", "\"00:00:01\"", "FixedWindow")]
    [InlineData(""" "Kind": "SlidingWindow", "PermitLimit": 1, "Window": "00:00:01" """, "TokensPerPeriod", "4", "SlidingWindow")]
    [InlineData(""" "Kind": "TokenBucket", "PermitLimit": 1, "TokensPerPeriod": 1, "ReplenishmentPeriod": "00:00:01" """, "Window", "\"00:00:01\"", "TokenBucket")]
    [InlineData(""" "Kind": "Concurrency", "PermitLimit": 1 """, "Window", "\"00:00:01\"", "Concurrency")]
    [InlineData(""" "Kind": "Concurrency", "PermitLimit": 1 """, "MaxPartitions", "5", "Concurrency")]
    public void Compile_KeyOfAnotherKind_IsRefusedAtItsPlace(string policy, string key, string value, string kind) =>
        With($"{policy}, \"{key}\": {value}").IsRefused($"RateLimiterPolicies.perClient.{key}: {key} has no meaning for a policy of kind {kind}.");

    [Theory]
    [InlineData(""" "Kind": "FixedWindow", "PermitLimit": 1 """, "Window", "FixedWindow")]
    [InlineData(""" "Kind": "SlidingWindow", "PermitLimit": 1 """, "Window", "SlidingWindow")]
    [InlineData(""" "Kind": "TokenBucket", "PermitLimit": 1, "ReplenishmentPeriod": "00:00:01" """, "TokensPerPeriod", "TokenBucket")]
    [InlineData(""" "Kind": "TokenBucket", "PermitLimit": 1, "TokensPerPeriod": 1 """, "ReplenishmentPeriod", "TokenBucket")]
    public void Compile_KeyThatTheKindNeeds_IsMissed(string policy, string key, string kind) =>
        With(policy).IsRefused($"RateLimiterPolicies.perClient.{key}: {key} is missing: a policy of kind {kind} needs it.");

    [Fact]
    public void Compile_WithoutKindAndLimit_IsRefused() => With(""" "Window": "00:00:01" """).IsRefused(
        "RateLimiterPolicies.perClient.Kind: Kind is missing.", "RateLimiterPolicies.perClient.PermitLimit: PermitLimit is missing.");

    [Theory]
    [InlineData(""" "PermitLimit": 0, "Window": "00:00:01" """, "PermitLimit: 0 is out of range; PermitLimit goes from 1 to 1000000.")]
    [InlineData(""" "PermitLimit": 1, "Window": "00:00:00" """, "Window: 00:00:00 is out of range; Window goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData(""" "PermitLimit": 1, "Window": "2.00:00:00" """, "Window: 2.00:00:00 is out of range; Window goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData(""" "PermitLimit": 1, "Window": "00:00:01", "MaxPartitions": 0 """, "MaxPartitions: 0 is out of range; MaxPartitions goes from 1 to 1000000.")]
    public void Compile_ValueOutOfRange_IsTheOnlyMistake(string policy, string problem) =>
        With($"\"Kind\": \"FixedWindow\", {policy}").IsRefused($"RateLimiterPolicies.perClient.{problem}");

    [Fact]
    public void Compile_BucketThatGainsNothing_IsRefused() =>
        With(""" "Kind": "TokenBucket", "PermitLimit": 1, "TokensPerPeriod": 0, "ReplenishmentPeriod": "00:00:01" """).IsRefused(
            "RateLimiterPolicies.perClient.TokensPerPeriod: 0 is out of range; TokensPerPeriod goes from 1 to 1000000.");

    [Fact]
    public void Compile_ByAHeaderWithoutItsName_IsRefused() => With($"{FixedWindow}, \"PartitionBy\": \"Header\"").IsRefused(
        "RateLimiterPolicies.perClient.Header: Header is missing: the name of the header by which clients are told apart.");

    [Fact]
    public void Compile_HeaderWhereAnotherThingTellsClientsApart_IsRefused() => With($"{FixedWindow}, \"Header\": \"X-Tenant\"").IsRefused(
        "RateLimiterPolicies.perClient.Header: Header has no meaning where PartitionBy is ClientAddress.");

    [Fact]
    public void Compile_TextThatIsNoHeader_IsRefused() => With($"{FixedWindow}, \"PartitionBy\": \"Header\", \"Header\": \"X Tenant\"").IsRefused(
        "RateLimiterPolicies.perClient.Header: 'X Tenant' is no header name; letters, digits and !#$%&'*+-.^_`|~ can be in one.");

    [Theory]
    [InlineData("Default", "RateLimiterPolicies.Default: no policy can be called 'Default': to YARP's routes that name means something else.")]
    [InlineData("disable", "RateLimiterPolicies.disable: no policy can be called 'disable': to YARP's routes that name means something else.")]
    [InlineData("per \"client\"",
        "RateLimiterPolicies['per \"client\"']: clients read the name in RateLimit headers: letters, digits and !#$%&'*+-.^_`|~ can be in it.")]
    public void Compile_NameThatNoneCanHave_IsRefused(string name, string problem) => Reading.Shipped(root =>
    {
        root["RateLimiterPolicies"] = new JsonObject { [name] = JsonNode.Parse($"{{ {FixedWindow} }}") };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = name;
    }).IsRefused(problem);

    [Fact]
    public void Compile_NameOfNoPolicy_IsToldWithWhatWasMeant()
    {
        var loaded = Reading.Shipped(root =>
        {
            root["RateLimiterPolicies"] = new JsonObject { ["perClient"] = JsonNode.Parse($"{{ {FixedWindow} }}") };
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "perclients";
            root["Aggregations"]!["eventsByUser"]!["RateLimiterPolicy"] = "perClent";
        });
        loaded.IsRefused(
            "ReverseProxy.Routes.getUsers.RateLimiterPolicy: there is no rate limiter policy 'perclients'; known are perClient; did you mean 'perClient'?",
            "Aggregations.eventsByUser.RateLimiterPolicy: there is no rate limiter policy 'perClent'; known are perClient; did you mean 'perClient'?");
    }

    [Fact]
    public void Compile_PolicyThatNothingNames_IsAWarning()
    {
        var loaded = Reading.Shipped(root => root["RateLimiterPolicies"] = new JsonObject { ["perClient"] = JsonNode.Parse($"{{ {FixedWindow} }}") });
        loaded.IsTakenUp();
        Assert.Contains(loaded.Problems, p => p.IsWarning && p.Text == "nothing uses this rate limiter policy.");
    }

    [Fact]
    public void Compile_RouteWithAPolicy_IsHandedToYarpWithoutIt()
    {
        var plan = With(FixedWindow).IsTakenUp();
        Assert.All(plan.Routes, route => Assert.Null(route.RateLimiterPolicy));
        Assert.Equal("perClient", plan.RoutePolicies["getUsers"].RateLimiter!.Name);
        Assert.Equal("perClient", plan.AggregationPolicies["eventsByUser"].RateLimiter!.Name);
        Assert.Equal(RateLimiterPartition.ClientAddress, plan.RoutePolicies["getUsers"].RateLimiter!.PartitionBy);
    }

    private static LoadedConfiguration With(string policy) => Reading.Shipped(root =>
    {
        root["RateLimiterPolicies"] = new JsonObject { ["perClient"] = JsonNode.Parse($"{{ {policy} }}") };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "perClient";
        root["Aggregations"]!["eventsByUser"]!["RateLimiterPolicy"] = "perClient";
    });
}
