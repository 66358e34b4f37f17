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
            "ReverseProxy.Routes.extra.Transforms[0].CircuitBreaker: there is no circuit breaker 'other'; known are addEvent.",
            "ReverseProxy.Routes.extra.Metadata.RequestBody: there is no request body policy 'old'; known are newEvent.");

    [Fact]
    public void Compile_NamesInAnotherCase_AreTheSame() =>
        WithRoute("""
            { "ClusterId": "EVENT-API", "Match": { "Path": "/x" }, "Transforms": [ { "CircuitBreaker": "ADDEVENT" } ], "Metadata": { "RequestBody": "NEWEVENT" } }
            """).IsTakenUp();

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    public void Compile_NameThatMeansNoRoute_IsRefused(string name)
    {
        var fault = $"nothing can be called '{name}': logs and metrics mean requests by that which found no route.";
        Reading.Shipped(root =>
        {
            root["ReverseProxy"]!["Routes"]![name] = root["ReverseProxy"]!["Routes"]!["getUsers"]!.DeepClone();
            root["ReverseProxy"]!["Routes"]!.AsObject().Remove("getUsers");
        }).IsRefused($"ReverseProxy.Routes.{name}: {fault}");
        Reading.Shipped(root =>
        {
            root["Aggregations"]![name] = root["Aggregations"]!["eventsByUser"]!.DeepClone();
            root["Aggregations"]!.AsObject().Remove("eventsByUser");
        }).IsRefused($"Aggregations.{name}: {fault}");
    }

    [Fact]
    public void Compile_AddressWithAPassword_IsRefusedAndNotShown() =>
        Reading.Shipped(root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = "http://u:hush@host").IsRefused(
            "ReverseProxy.Clusters.event-api.Destinations.primary.Address: 'http://…@host' is not an absolute http or https URI (without credentials, query and fragment).");

    [Fact]
    public void Compile_RouteWithoutCluster_IsRefused() =>
        WithRoute("""{ "Match": { "Path": "/x" } }""").IsRefused("ReverseProxy.Routes.extra.ClusterId: ClusterId is missing.");

    [Theory]
    [InlineData("TimeoutPolicy")]
    public void Compile_PolicyThatNothingHereServes_IsRefused(string key) =>
        WithRoute($$"""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "{{key}}": "Default" }""").IsRefused(
            $"ReverseProxy.Routes.extra.{key}: this gateway has no policies of this kind; remove the key.");

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("-00:00:30")]
    public void Compile_ActivityTimeoutThatIsNoTime_IsRefused(string timeout) =>
        Reading.Shipped(root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["HttpRequest"]!["ActivityTimeout"] = timeout).IsRefused(
            $"ReverseProxy.Clusters.event-api.HttpRequest.ActivityTimeout: {timeout} is out of range; ActivityTimeout goes from 00:00:00.001 to 1.00:00:00.");

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("-00:00:01")]
    [InlineData("2.00:00:00")]
    public void Compile_TimeoutThatIsNoTime_IsRefusedOnce(string timeout) =>
        WithRoute($$"""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Timeout": "{{timeout}}" }""").IsRefused(
            $"ReverseProxy.Routes.extra.Timeout: {timeout} is out of range; Timeout goes from 00:00:00.001 to 1.00:00:00.");

    [Theory]
    [InlineData("soon", "'soon' is not a duration in the form hh:mm:ss or hh:mm:ss.fff; AttemptTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("5", "'5' is not a duration in the form hh:mm:ss or hh:mm:ss.fff; AttemptTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("00:00:00", "00:00:00 is out of range; AttemptTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("1.00:00:01", "1.00:00:01 is out of range; AttemptTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    public void Compile_AttemptTimeoutThatIsNone_IsRefusedAtItsPlace(string timeout, string problem) =>
        WithRoute($$"""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Metadata": { "attemptTimeout": "{{timeout}}" } }""").IsRefused(
            $"ReverseProxy.Routes.extra.Metadata.attemptTimeout: {problem}");

    [Fact]
    public void Compile_AttemptLongerThanTheWholeTime_IsAContradiction() => WithRoute("""
        { "ClusterId": "event-api", "Match": { "Path": "/x" }, "Timeout": "00:00:05", "Metadata": { "AttemptTimeout": "00:00:06" } }
        """).IsRefused(
        "ReverseProxy.Routes.extra.Metadata.AttemptTimeout: AttemptTimeout (00:00:06) is longer than the route's Timeout (00:00:05).");

    [Fact]
    public void Compile_MetadataOfSomebodyElse_IsLeftAlone() =>
        WithRoute("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "Metadata": { "Owner": "events", "AttemptTimeout": null } }""").IsTakenUp();

    [Fact]
    public void Compile_BodyLimitBelowNone_IsRefused() =>
        WithRoute("""{ "ClusterId": "event-api", "Match": { "Path": "/x" }, "MaxRequestBodySize": -5 }""").IsRefused(
            "ReverseProxy.Routes.extra.MaxRequestBodySize: -5 is out of range: bytes, or -1 for no limit.");

    // The router would find these when it is too late: it would answer no request any more.
    [Theory]
    [InlineData("/x/{id:nosuch}", "nosuch")]
    [InlineData("/x/{id:length(a)}", "length(a)")]
    [InlineData("/x/{id:int:min()}", "min()")]
    [InlineData("/x/{id:regex([)}", "regex([)")]
    public void Compile_ConstraintThatIsNone_IsRefused(string path, string constraint)
    {
        var problem = Assert.Single(WithRoute($$"""{ "ClusterId": "event-api", "Match": { "Path": "{{path}}" } }""").Problems);
        Assert.Equal("ReverseProxy.Routes.extra.Match.Path", problem.Path);
        Assert.Contains($"'{constraint}'", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example.com:http", false)]
    [InlineData("example.com:99999", false)]
    [InlineData(":80", false)]
    [InlineData("[::1]:80", false)]
    [InlineData("example.com", true)]
    [InlineData("*.example.com:8080", true)]
    [InlineData("*:*", true)]
    public void Compile_Host_IsOneTheRouterCanRead(string host, bool good)
    {
        var loaded = WithRoute($$"""{ "ClusterId": "event-api", "Match": { "Path": "/x", "Hosts": [ "{{host}}" ] } }""");
        Assert.Equal(good ? [] : ["ReverseProxy.Routes.extra.Match.Hosts[0]"], loaded.Problems.Select(p => p.Path));
    }

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
        WithCluster(cluster).IsRefused("ReverseProxy.Clusters.extra.Destinations: the cluster has no destination.");

    [Theory]
    [InlineData("""{ "Destinations": { "a": { "Address": "events:4000" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Address")]
    [InlineData("""{ "Destinations": { "a": { "Address": "//events" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Address")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://events:99999" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Address")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://events", "Health": "events" } } }""", "ReverseProxy.Clusters.extra.Destinations.a.Health")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://e" } }, "LoadBalancingPolicy": "Fastest" }""", "ReverseProxy.Clusters.extra.LoadBalancingPolicy")]
    [InlineData("""{ "Destinations": { "a": { "Address": "http://e" } }, "HttpRequest": { "ActivityTimeout": "soon" } }""",
        "ReverseProxy.Clusters.extra.HttpRequest.ActivityTimeout")]
    public void Compile_ClusterWithAMistake_IsRefusedAtItsPlace(string cluster, string path)
    {
        var loaded = WithCluster(cluster);

        Assert.Null(loaded.Plan);
        Assert.Equal([path], loaded.Errors().Select(p => p.Path));
    }

    [Fact]
    public void Compile_DestinationWithoutAddress_IsRefused()
    {
        var loaded = WithCluster("""{ "Destinations": { "a": {} } }""");

        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Problems, p => p.Path == "ReverseProxy.Clusters.extra.Destinations.a.Address");
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
