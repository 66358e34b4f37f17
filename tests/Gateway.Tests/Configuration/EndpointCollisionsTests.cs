using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class EndpointCollisionsTests
{
    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/GETUSERS")]
    [InlineData("/getUsers/")]
    [InlineData("getUsers")]
    public void Find_TwoRoutesWithOnePattern_NamesBoth(string path) =>
        With(("twin", path, ["GET"])).IsRefused(
            $"ReverseProxy.Routes.twin.Match.Path: route 'twin' has the same pattern as route 'getUsers': '{path}'.");

    [Theory]
    [InlineData("/x/{id}", "/X/{userId}")]
    [InlineData("/x/{id}", "/x/{id?}")]
    [InlineData("/x/{id:int}", "/x/{number:int}")]
    [InlineData("/x/{**rest}", "/x/{*all}")]
    [InlineData("/{**a}", "{**b}")]
    public void Find_PatternsThatDifferInNamesOnly_Collide(string one, string other) =>
        With(("one", one, ["GET"]), ("other", other, ["GET"])).IsRefused(
            $"ReverseProxy.Routes.other.Match.Path: route 'other' has the same pattern as route 'one': '{other}'.");

    [Theory]
    [InlineData("/x/{id}", "/x/{id:int}")]
    [InlineData("/x/{id}", "/x/id")]
    [InlineData("/x/{id}", "/x/{id}/y")]
    [InlineData("/x/{id}", "/x/{**rest}")]
    public void Find_PatternsOfWhichOneIsNarrower_AreFine(string one, string other) =>
        With(("one", one, ["GET"]), ("other", other, ["GET"])).IsTakenUp();

    [Fact]
    public void Find_OnePatternForDifferentMethods_IsFine() => With(("twin", "/getUsers", ["DELETE"])).IsTakenUp();

    [Fact]
    public void Find_OnePatternForAnyMethod_Collides() => Assert.Single(With(("twin", "/getUsers", [])).Problems);

    [Theory]
    [InlineData("/health")]
    [InlineData("/Ready")]
    [InlineData("/metrics/")]
    public void Find_RouteOnTheGatewaysOwnPath_IsRefused(string path)
    {
        var problem = Assert.Single(With(("mine", path, ["GET"])).Problems);

        Assert.Equal("ReverseProxy.Routes.mine.Match.Path", problem.Path);
        Assert.Contains($"the gateway's own {path.ToLowerInvariant().TrimEnd('/')}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_RouteOnAnAggregationsPath_IsRefused() =>
        With(("mine", "/getEventsByUserId/{user}", ["GET", "POST"])).IsRefused(
            "Aggregations.eventsByUser.Match.Path: aggregation 'eventsByUser' has the same pattern as route 'mine': '/getEventsByUserId/{id}'.");

    [Fact]
    public void Find_RoutesToldApartByHostOrHeader_AreFine() =>
        Reading.Shipped(root =>
        {
            Routes(root)["a"] = Route("/x", ["GET"]);
            Routes(root)["b"] = Route("/x", ["GET"]);
            Routes(root)["c"] = Route("/x", ["GET"]);
            Routes(root)["b"]!["Match"]!["Hosts"] = new JsonArray("b.example");
            Routes(root)["c"]!["Match"]!["Headers"] = JsonNode.Parse("""[ { "Name": "X-C", "Mode": "Exists" } ]""");
        }).IsTakenUp();

    [Theory]
    [InlineData("/x/{")]
    [InlineData("/x/{a}{b}")]
    [InlineData("/x/{a}/{a}")]
    public void Find_NoPattern_IsRefused(string path)
    {
        var loaded = With(("broken", path, ["GET"]));

        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Problems, p => p.Path == "ReverseProxy.Routes.broken.Match.Path");
    }

    private static LoadedConfiguration With(params IEnumerable<(string Name, string Path, string[] Methods)> routes) => Reading.Shipped(root =>
    {
        foreach (var (name, path, methods) in routes)
        {
            Routes(root)[name] = Route(path, methods);
        }
    });

    private static JsonNode Routes(JsonNode root) => root["ReverseProxy"]!["Routes"]!;

    private static JsonObject Route(string path, IEnumerable<string> methods) => new()
    {
        ["ClusterId"] = "event-api",
        ["Match"] = new JsonObject { ["Path"] = path, ["Methods"] = new JsonArray([.. methods.Select(m => JsonValue.Create(m))]) },
    };
}
