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
            $"ReverseProxy.Routes.twin.Match.Path: route 'twin' and route 'getUsers' collide: both match GET '{path}', and neither goes before the other.");

    [Theory]
    [InlineData("/x/{id}", "/X/{userId}")]
    [InlineData("/x/{id}", "/x/{id?}")]
    [InlineData("/x/{id:int}", "/x/{number:int}")]
    [InlineData("/x/{**rest}", "/x/{*all}")]
    [InlineData("/{**a}", "{**b}")]
    public void Find_PatternsThatDifferInNamesOnly_Collide(string one, string other) =>
        With(("one", one, ["GET"]), ("other", other, ["GET"])).IsRefused(
            $"ReverseProxy.Routes.other.Match.Path: route 'other' and route 'one' collide: both match GET '{other}', and neither goes before the other.");

    [Theory]
    [InlineData("/x/{id}", "/x/{id:int}")]
    [InlineData("/x/{id}", "/x/id")]
    [InlineData("/x/{id}", "/x/{id}/y")]
    [InlineData("/x/{id}", "/x/{**rest}")]
    public void Find_PatternsOfWhichOneIsNarrower_AreFine(string one, string other) =>
        With(("one", one, ["GET"]), ("other", other, ["GET"])).IsTakenUp();

    [Theory]
    [InlineData("/x/{id:int}", "/x/{id:long}")]
    [InlineData("/x/{id:int}", "/x/{id:min(1)}")]
    [InlineData("/x/{id:int}", "/x/{id:double}")]
    [InlineData("/x/{id:int:min(3)}", "/x/{id:range(1,3)}")]
    [InlineData("/x/{id:alpha}", "/x/{id:length(3)}")]
    [InlineData("/x/{id:bool}", "/x/{id:alpha}")]
    [InlineData("/x/{id:regex(^a)}", "/x/{id:regex(b$)}")]
    [InlineData("/x/{id:int}/y", "/x/{id:maxlength(9)}/y")]
    [InlineData("/x/{id:int?}", "/x/{id:alpha?}")]        // neither is there in /x
    [InlineData("/x.{id:int}", "/x.{id:long}")]
    [InlineData("/x/{**id:file}", "/x/{**id:minlength(3)}")]
    public void Find_PatternsThatDifferInConstraintsThatOverlap_IsAWarning(string one, string other)
    {
        var problem = Assert.Single(With(("one", one, ["GET"]), ("other", other, ["GET", "PUT"])).Problems);

        Assert.True(problem.IsWarning);
        Assert.Equal("ReverseProxy.Routes.other.Match.Path", problem.Path);
        Assert.Equal("ReverseProxy.Routes.one.Match.Path", Assert.Single(problem.Related).Path);
        Assert.Equal(
            "route 'other' and route 'one' may both match a request, and neither goes before the other: it would be answered with 500; Order decides between them.",
            (problem with { Related = [] }).Text);
    }

    [Theory]
    [InlineData("/x/{id:alpha}", "/x/{id:int}")]
    [InlineData("/x/{id:guid}", "/x/{id:alpha}")]
    [InlineData("/x/{id:long}", "/x/{id:guid}")]
    [InlineData("/x/{id:bool}", "/x/{id:double}")]
    [InlineData("/x/{id:max(4)}", "/x/{id:min(5)}")]
    [InlineData("/x/{id:int}", "/x/{id:min(3000000000)}")]
    [InlineData("/x/{id:length(2)}", "/x/{id:minlength(3)}")]
    [InlineData("/x/{id:file}", "/x/{id:nonfile}")]
    [InlineData("/x/{a:int}/{b?}", "/x/{a:alpha}/{b?}")]
    [InlineData("/x/{id:int?}", "/x/{id:alpha}")]
    public void Find_PatternsWhoseConstraintsExcludeEachOther_AreFine(string one, string other) =>
        Assert.Empty(With(("one", one, ["GET"]), ("other", other, ["GET"])).Problems);

    [Fact]
    public void Find_ConstraintsThatOverlapOnRoutesToldApartOtherwise_IsFine() => Assert.Empty(Reading.Shipped(root =>
    {
        Routes(root)["a"] = Route("/x/{id:int}", ["GET"]);
        Routes(root)["b"] = Route("/x/{id:long}", ["PUT"]);
        Routes(root)["c"] = Route("/x/{id:long}", ["GET"]);
        Routes(root)["c"]!["Order"] = 1;
    }).Problems);

    [Fact]
    public void Find_OnePatternForDifferentMethods_IsFine() => With(("twin", "/getUsers", ["DELETE"])).IsTakenUp();

    // The router prefers the endpoint that names its methods: the other is the way for all other methods.
    [Fact]
    public void Find_OnePatternForAnyMethod_IsFine() => With(("twin", "/getUsers", [])).IsTakenUp();

    [Fact]
    public void Find_TwoPatternsForAnyMethod_Collide() => Assert.Single(With(("one", "/x", []), ("other", "/x", [])).Problems);

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

    // It would get what is neither GET nor HEAD, which nobody means who writes the path of the gateway's own page.
    [Fact]
    public void Find_RouteOfAnyMethodOnTheGatewaysOwnPath_IsRefused() => Assert.Single(With(("mine", "/health", [])).Problems);

    [Theory]
    [InlineData("/{**rest}")]
    [InlineData("/{page}")]
    public void Find_RouteForEverything_LeavesTheGatewaysOwnPathsAlone(string path) => With(("rest", path, [])).IsTakenUp();

    [Fact]
    public void Find_RouteForEverythingThatGoesFirst_MakesTheGatewaysOwnPathsUnreachable()
    {
        var loaded = WithOrder("first", -1, "/{**rest}", []);

        foreach (var path in new[] { "/health", "/ready", "/metrics" })
        {
            Assert.Contains(loaded.Problems, p => p.Path == "ReverseProxy.Routes.first.Match.Path"
                && p.Message.StartsWith($"the gateway's own {path} is unreachable", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("/{**rest}", "GET")]
    [InlineData("/{any}", "GET,POST")]
    [InlineData("/GetUsers", "GET,HEAD")]
    [InlineData("/getUsers/{more?}", "")]
    public void Find_RouteBehindAnother_NamesBoth(string path, string methods)
    {
        var loaded = Reading.Shipped(root =>
        {
            Routes(root)["first"] = Route(path, methods.Split(',', StringSplitOptions.RemoveEmptyEntries));
            Routes(root)["first"]!["Order"] = -1;
            Routes(root)["getUsers"]!["Match"]!["Methods"] = new JsonArray("GET");
        });

        var problem = Assert.Single(loaded.Errors(), p => p.Path == "ReverseProxy.Routes.getUsers.Match.Path");
        Assert.Equal(
            "route 'getUsers' is unreachable: every request that it matches goes to route 'first', which matches it too and whose Order is lower.",
            problem.Message);
        Assert.Equal("ReverseProxy.Routes.first.Match.Path", Assert.Single(problem.Related).Path);
    }

    [Theory]
    [InlineData("/{**rest}", "POST")]           // another method
    [InlineData("/{id:int}", "")]               // other paths
    [InlineData("/getUsers/{more}", "")]        // longer ones
    public void Find_RouteBehindAnotherThatLeavesSomeOver_IsFine(string path, string methods) =>
        Assert.DoesNotContain(
            WithOrder("first", -1, path, methods.Split(',', StringSplitOptions.RemoveEmptyEntries)).Problems,
            p => p.Message.Contains("'getUsers'", StringComparison.Ordinal));

    [Theory]
    [InlineData("/x/{id:itn}", "'/x/{id:itn}': there is no route constraint 'itn'; known are ")]
    [InlineData("/x/{id:range(1)}", "'/x/{id:range(1)}': the constraint 'range(1)' has wrong arguments: ")]
    public void Find_ConstraintThatIsNone_IsRefused(string path, string message)
    {
        var problem = Assert.Single(With(("broken", path, ["GET"])).Problems);

        Assert.Equal("ReverseProxy.Routes.broken.Match.Path", problem.Path);
        Assert.StartsWith(message, problem.Text, StringComparison.Ordinal);
    }

    // A route that can't be read has no pattern, rather than the widest of all.
    [Theory]
    [InlineData("""{ "ClusterId": "event-api", "Order": -1, "Match": { "Pth": "/x" } }""")]
    [InlineData("""{ "ClusterId": "event-api", "Order": -1, "Mtch": { "Path": "/x" } }""")]
    [InlineData("""{ "ClusterId": "event-api", "Ordr": -1, "Match": { "Path": "/getUsers" } }""")]
    public void Find_RouteThatCannotBeRead_IsNotCompared(string route) =>
        Assert.Single(Reading.Shipped(root => Routes(root)["extra"] = JsonNode.Parse(route)).Problems);

    [Fact]
    public void Find_RouteOnAnAggregationsPath_IsRefused() =>
        With(("mine", "/getEventsByUserId/{user}", ["GET", "POST"])).IsRefused(
            "Aggregations.eventsByUser.Match.Path: aggregation 'eventsByUser' and route 'mine' collide: both match GET '/getEventsByUserId/{id}', "
                + "and neither goes before the other.");

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

    private static LoadedConfiguration WithOrder(string name, int order, string path, string[] methods) => Reading.Shipped(root =>
    {
        Routes(root)[name] = Route(path, methods);
        Routes(root)[name]!["Order"] = order;
    });

    private static JsonNode Routes(JsonNode root) => root["ReverseProxy"]!["Routes"]!;

    private static JsonObject Route(string path, IEnumerable<string> methods) => new()
    {
        ["ClusterId"] = "event-api",
        ["Match"] = new JsonObject { ["Path"] = path, ["Methods"] = new JsonArray([.. methods.Select(m => JsonValue.Create(m))]) },
    };
}
