using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Caching;

public class OutputCachePolicyCompilerTests
{
    [Fact]
    public void Compile_WholePolicy_IsTakenUp()
    {
        var plan = With("""{ "Duration": "00:00:01", "VaryByQuery": [ "page" ], "VaryByHeader": [ "X-Tenant" ], "VaryByCaller": true, "Tags": [ "users" ] }""").IsTakenUp();
        Assert.Equal(["X-Tenant"], plan.RoutePolicies["getUsers"].OutputCache!.Headers);
        Assert.Equal(["X-Tenant", "Accept-Language"], plan.AggregationPolicies["eventsByUser"].OutputCache!.Headers);
    }

    [Fact]
    public void Compile_WholeQueryBesideAParameter_IsRefused() =>
        With("""{ "Duration": "00:00:01", "VaryByQuery": [ "*", "page" ] }""").IsRefused(
            "OutputCachePolicies.short.VaryByQuery: '*' is the whole query already; it stands alone.");

    [Theory]
    [InlineData("Authorization")]
    [InlineData("cookie")]
    public void Compile_HeaderOfOneCaller_IsRefused(string header) =>
        With($$"""{ "Duration": "00:00:01", "VaryByHeader": [ "{{header}}" ] }""").IsRefused(
            $"OutputCachePolicies.short.VaryByHeader[0]: what differs by {header} belongs to one caller: \"VaryByCaller\": true says so.");

    [Fact]
    public void Compile_TextThatIsNoHeader_IsRefused() =>
        With("""{ "Duration": "00:00:01", "VaryByHeader": [ "no name" ] }""").IsRefused(
            "OutputCachePolicies.short.VaryByHeader[0]: 'no name' is no header name; letters, digits and !#$%&'*+-.^_`|~ can be in one.");

    [Fact]
    public void Compile_EmptyTag_IsRefused() =>
        With("""{ "Duration": "00:00:01", "Tags": [ " " ] }""").IsRefused("OutputCachePolicies.short.Tags[0]: a tag needs a name.");

    [Fact]
    public void Compile_BodyThatHasNoRoom_IsRefused() =>
        With("""{ "Duration": "00:00:01", "MaxBodySize": 2000 }""", root => root["Limits"] = new JsonObject { ["MaxOutputCacheSize"] = 1000 }).IsRefused(
            "OutputCachePolicies.short.MaxBodySize: the largest body, 2000, has no room in the cache: Limits.MaxOutputCacheSize is 1000.");

    [Fact]
    public void Compile_NameThatIsNoPolicy_IsRefused() =>
        With("""{ "Duration": "00:00:01" }""", root => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"]!["OutputCachePolicy"] = "shrt").IsRefused(
            "ReverseProxy.Routes.getUsers.Metadata.OutputCachePolicy: there is no output cache policy 'shrt'; known are short; did you mean 'short'?");

    [Theory]
    [InlineData("GET", "POST")]
    [InlineData("GET", "HEAD")]
    [InlineData("HEAD", "OPTIONS")]
    public void Compile_ReadThatGoesOutAsWhatIsNotKept_IsRefusedAtBothPlaces(string asked, string sent)
    {
        var loaded = WithChange(asked, sent);
        loaded.IsRefused(
            $"ReverseProxy.Routes.getUsers.Transforms[0].HttpMethodChange: a {asked} goes out as {sent}, which has no answer that can be kept for others.");
        Assert.Equal("ReverseProxy.Routes.getUsers.Metadata.OutputCachePolicy", Assert.Single(Assert.Single(loaded.Errors()).Related).Path);
    }

    [Fact]
    public void Compile_HeadThatGoesOutAsGet_IsTakenUp() => WithChange("HEAD", "GET").IsTakenUp();

    private static LoadedConfiguration WithChange(string asked, string sent) => With(
        """{ "Duration": "00:00:01" }""",
        root => root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = new JsonArray(new JsonObject { ["HttpMethodChange"] = asked, ["Set"] = sent }));

    [Fact]
    public void Compile_RouteWithSessionAffinity_IsAWarning()
    {
        var loaded = With("""{ "Duration": "00:00:01" }""", root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["SessionAffinity"] =
            JsonNode.Parse("""{ "Enabled": true, "Policy": "Cookie", "AffinityKeyName": "dest" }"""));
        Assert.Contains(loaded.Problems.Select(problem => $"{problem}"), text => text.Contains(
            "ReverseProxy.Routes.getUsers.Metadata.OutputCachePolicy: the cluster 'event-api' has SessionAffinity: the cookie that ties a client to a destination",
            StringComparison.Ordinal));
    }

    private static LoadedConfiguration With(string policy, Action<JsonNode>? edit = null) => Reading.Shipped(root =>
    {
        root["OutputCachePolicies"] = new JsonObject { ["short"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "short" };
        root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "short";
        edit?.Invoke(root);
    });
}
