using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Proxying;

public class ProxyCompilerTests
{
    [Fact]
    public void Compile_UnknownNames_ListTheKnownOnes() =>
        WithRoute("""
            { "ClusterId": "events", "Match": { "Path": "/x" }, "Transforms": [ { "CircuitBreaker": "other" } ], "Metadata": { "RequestBody": "old" } }
            """).IsRefused(
            "ReverseProxy.Routes.extra.ClusterId: there is no cluster 'events'; known are event-api.",
            "ReverseProxy.Routes.extra.Transforms: there is no circuit breaker 'other'; known are addEvent.",
            "ReverseProxy.Routes.extra.Metadata.RequestBody: there is no request body policy 'old'; known are newEvent.");

    [Fact]
    public void Compile_NamesInAnotherCase_AreTheSame() =>
        WithRoute("""
            { "ClusterId": "EVENT-API", "Match": { "Path": "/x" }, "Transforms": [ { "CircuitBreaker": "ADDEVENT" } ], "Metadata": { "RequestBody": "NEWEVENT" } }
            """).IsTakenUp();

    [Fact]
    public void Compile_RouteWithoutCluster_IsRefused() =>
        WithRoute("""{ "Match": { "Path": "/x" } }""").IsRefused("ReverseProxy.Routes.extra: ClusterId is missing.");

    [Theory]
    [InlineData("AuthorizationPolicy")]
    [InlineData("CorsPolicy")]
    [InlineData("RateLimiterPolicy")]
    public void Compile_PolicyThatNothingHereServes_IsRefused(string key) =>
        WithRoute($$"""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "{{key}}": "Default" }""").IsRefused(
            $"ReverseProxy.Routes.extra.{key}: this gateway has no policies of this kind; remove the key.");

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("-00:00:30")]
    public void Compile_ActivityTimeoutThatIsNoTime_IsRefused(string timeout) =>
        Reading.Shipped(root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = timeout).IsRefused(
            $"ReverseProxy.Clusters.event-api.HttpRequest.ActivityTimeout: {timeout} is out of range: the time without progress is at least 1 ms.");

    [Fact]
    public void Compile_BodyLimitBelowNone_IsRefused() =>
        WithRoute("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "MaxRequestBodySize": -5 }""").IsRefused(
            "ReverseProxy.Routes.extra.MaxRequestBodySize: -5 is out of range: bytes, or -1 for no limit.");

    [Fact]
    public void Compile_MemberThatContradictsTheName_IsRefused() =>
        WithRoute("""{ "RouteId": "other", "ClusterId": "event-api", "Match": { "Path": "/x" } }""").IsRefused(
            "ReverseProxy.Routes.extra.RouteId: 'other' contradicts the name 'extra' under which this stands.");

    [Theory]
    [InlineData("""{ "ClusterId": "event-api" }""")]
    [InlineData("""{ "ClusterId": "event-api", "Match": {} }""")]
    [InlineData("""{ "ClusterId": "event-api", "Match": { "Path": "/x", "Methods": [ "FETCH" ] } }""")]
    [InlineData("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Transforms": [ { "PathPrefex": "/p" } ] }""")]
    [InlineData("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Transforms": [ {} ] }""")]
    [InlineData("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Transforms": [ { "CircuitBreaker": "addEvent", "Set": "1" } ] }""")]
    [InlineData("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Transforms": [ { "CircuitBreaker": "addEvent" }, { "CircuitBreaker": "addEvent" } ] }""")]
    public void Compile_RouteThatYarpWouldRefuse_IsRefusedWithItsName(string route)
    {
        var loaded = WithRoute(route);

        Assert.Null(loaded.Plan);
        Assert.NotEmpty(loaded.Problems);
        Assert.All(loaded.Problems, p => Assert.StartsWith("ReverseProxy.Routes.extra", p.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Destinations": {} }""")]
    [InlineData("""{ "Destinations": null }""")]
    [InlineData("""{ "Destinations": { "a": null } }""")]
    public void Compile_ClusterWithoutDestination_IsRefused(string cluster) =>
        WithCluster(cluster).IsRefused("ReverseProxy.Clusters.extra: the cluster has no destination.");

    [Theory]
    [InlineData("""{ "Destinations": { "a": { "Address": "events:4000" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Address")]
    [InlineData("""{ "Destinations": { "a": { "Address": "//events" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Address")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://events:99999" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Address")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://events", "Health": "events" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Health")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://e" } }, "LoadBalancingPolicy": "Fastest" }""", "ReverseProxy.Clusters.extra")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://e" } }, "HttpRequest": { "ActivityTimeout": "soon" } }""",
        "ReverseProxy.Clusters.extra.HttpRequest.ActivityTimeout")]
    public void Compile_ClusterWithAMistake_IsRefusedAtItsPlace(string cluster, string path)
    {
        var loaded = WithCluster(cluster);

        Assert.Null(loaded.Plan);
        Assert.Equal([path], loaded.Problems.Select(p => p.Path));
    }

    [Fact]
    public void Compile_DestinationWithoutAddress_IsRefused()
    {
        var loaded = WithCluster("""{ "Destinations": { "a": {} } }""");

        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Problems, p => p.Path == "ReverseProxy.Clusters.extra.Destinations.a");
    }

    [Theory]
    [InlineData("http://events")]
    [InlineData("https://events:8443/api/v1/")]
    [InlineData("http://[::1]:4000")]
    public void Compile_AbsoluteAddress_IsTakenUp(string address) =>
        WithCluster($$"""{ "Destinations": { "a": { "Address": "{{address}}" } } }""").IsTakenUp();

    private static LoadedConfiguration WithRoute(string route) =>
        Reading.Shipped(root => root["ReverseProxy"]!["Routes"]!["extra"] = JsonNode.Parse(route));

    private static LoadedConfiguration WithCluster(string cluster) =>
        Reading.Shipped(root => root["ReverseProxy"]!["Clusters"]!["extra"] = JsonNode.Parse(cluster));
}
