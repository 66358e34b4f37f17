using System.Text.Json.Nodes;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>
/// What is said about routes that get in each other's way, held against the real router: small random sets of routes, and every
/// request that could tell them apart.
/// </summary>
public class RouterAgreementTests
{
    private const int Sets = 300;

    private static readonly string[] Paths =
    [
        "/a", "/{p}", "/{p?}", "/{**r}", "/a/b", "/a/{p}", "/{p}/b", "/a/{p?}", "/a/{**r}", "/{p}/{q}", "/{p:int}", "/a/{p:int}", "/health", "/a.{e}",
        "/",
    ];

    private static readonly string[] ConstrainedPaths = ["/{p:int}", "/{p:long}", "/{p:alpha}"];

    private static readonly string[][] Methods = [[], ["GET"], ["POST"], ["GET", "POST"]];
    private static readonly string[][] Hosts = [[], [], [], ["one.example"], ["one.example", "two.example"]];
    private static readonly string[] Headers = ["", "", "", "", "X-A", "X-B", "X-A,X-B"];
    private static readonly string[] Queries = ["", "", "", "", "q"];

    private static readonly string[] RequestPaths = ["/", "/a", "/1", "/b", "/a/b", "/a/1", "/1/b", "/b/b", "/a/b/c", "/health", "/a.x"];

    [Fact]
    public async Task Find_RandomRoutes_AgreesWithTheRouter()
    {
        var random = new Random(20260);   // the same sets in each run
        var (collisions, possible, unreachable, clean) = (0, 0, 0, 0);
        for (var i = 0; i < Sets; i++)
        {
            var paths = random.GetItems(Paths, 2);   // few, so that the routes do meet
            var routes = Enumerable.Range(0, random.Next(2, 5))
                .Select(n => i % 6 == 0 ? ConstrainedRoute(random, $"r{n}") : RandomRoute(random, paths, $"r{n}"))
                .ToList();
            var errors = Judge(routes).ToList();
            var (reached, ties) = await AskRouterAsync(routes);

            foreach (var error in errors.Where(e => e.Contains("unreachable", StringComparison.Ordinal)))
            {
                var name = error.StartsWith("the gateway's own", StringComparison.Ordinal) ? error.Split(' ')[3] : error.Split('\'')[1];
                Assert.False(reached.Contains(name), $"{error}\n{Describe(routes)}");
                unreachable++;
            }

            // "May" is not a guess here: the requests have a path for those constraints that overlap.
            var ambiguous = errors.Where(e => IsPossible(e) || e.Contains("collide", StringComparison.Ordinal));
            foreach (var error in ambiguous.Where(e => !e.Contains("the gateway's own", StringComparison.Ordinal)))
            {
                var (one, other) = (error.Split('\'')[1], error.Split('\'')[3]);
                Assert.True(ties.Exists(t => t.Contains(one) && t.Contains(other)), $"{error}\n{Describe(routes)}");
                _ = IsPossible(error) ? ++possible : ++collisions;
            }

            if (errors.Count == 0)
            {
                Assert.True(ties.Count == 0, $"not told: {string.Join("; ", ties.Select(t => string.Join(" and ", t)))}\n{Describe(routes)}");
                clean++;
            }
        }

        // The sets are of all kinds, or this would prove nothing.
        Assert.True(
            collisions > 10 && possible > 2 && unreachable > 20 && clean > 50,
            $"{collisions} collisions, {possible} possible ones, {unreachable} unreachable, {clean} clean");
    }

    private static RouteConfig ConstrainedRoute(Random random, string name)
    {
        var route = RandomRoute(random, ConstrainedPaths, name);
        return route with { Order = null, Match = route.Match with { Hosts = [], Headers = [], QueryParameters = [] } };
    }

    private static RouteConfig RandomRoute(Random random, string[] paths, string name)
    {
        var headers = Pick(Headers).Split(',', StringSplitOptions.RemoveEmptyEntries);
        var queries = Pick(Queries).Split(',', StringSplitOptions.RemoveEmptyEntries);
        return new RouteConfig
        {
            RouteId = name,
            ClusterId = "event-api",
            Order = Pick<int?>([null, null, null, -1, 1]),
            Match = new RouteMatch
            {
                Path = Pick(paths),
                Methods = Pick(Methods),
                Hosts = Pick(Hosts),
                Headers = [.. headers.Select(h => new RouteHeader { Name = h, Mode = HeaderMatchMode.Exists })],
                QueryParameters = [.. queries.Select(q => new RouteQueryParameter { Name = q, Mode = QueryParameterMatchMode.Exists })],
            },
        };

        T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
    }

    private static IEnumerable<string> Judge(IEnumerable<RouteConfig> routes) => Reading.Shipped(root =>
    {
        root["Aggregations"]!.AsObject().Clear();
        root["ReverseProxy"]!["Routes"] = new JsonObject(routes.Select(r => KeyValuePair.Create(r.RouteId, (JsonNode?)Write(r))));
    }).Problems.Where(p => !p.IsWarning || IsPossible(p.Message)).Select(p => p.Message);

    private static bool IsPossible(string message) => message.Contains("may both match", StringComparison.Ordinal);

    private static JsonObject Write(RouteConfig route)
    {
        var match = System.Text.Json.JsonSerializer.SerializeToNode(route.Match)!;
        foreach (var condition in match["Headers"]!.AsArray().Concat(match["QueryParameters"]!.AsArray()))
        {
            condition!["Mode"] = "Exists";
            condition.AsObject().Remove("Values");
        }

        return new JsonObject { ["ClusterId"] = route.ClusterId, ["Order"] = route.Order, ["Match"] = match };
    }

    // The endpoints that any request reached, and those that the router could not decide between.
    private static async Task<(HashSet<string> Reached, List<string[]> Ties)> AskRouterAsync(IReadOnlyList<RouteConfig> routes)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddReverseProxy().LoadFromMemory(routes, [new ClusterConfig { ClusterId = "event-api" }]);
        builder.Services.AddRequestTimeouts();
        await using var app = builder.Build();
        app.UseRouting();
        string? chosen = null;
        app.Use((HttpContext context, RequestDelegate _) =>
        {
            chosen = context.GetEndpoint()?.Metadata.GetMetadata<Yarp.ReverseProxy.Model.RouteModel>()?.Config.RouteId ?? context.GetEndpoint()?.DisplayName;
            return Task.CompletedTask;
        });
        app.MapReverseProxy();
        foreach (var path in new[] { "/health", "/ready", "/metrics" })
        {
            app.MapMethods(path, ["GET", "HEAD"], _ => Task.CompletedTask).WithDisplayName(path);
        }

        app.UseEndpoints(_ => { });
        var pipeline = ((IApplicationBuilder)app).Build();

        var (reached, ties) = (new HashSet<string>(), new List<string[]>());
        foreach (var context in Requests(app.Services))
        {
            chosen = null;
            try
            {
                await pipeline(context);
            }
            catch (Exception e) when (e.GetType().Name == "AmbiguousMatchException")
            {
                ties.Add([.. e.Message.Split('\n').Skip(1).Select(line => line.Trim()).Where(line => line.Length > 0)]);
            }

            if (chosen is not null)
            {
                reached.Add(chosen);
            }
        }

        return (reached, ties);
    }

    private static IEnumerable<DefaultHttpContext> Requests(IServiceProvider services) =>
        from path in RequestPaths
        from method in new[] { "GET", "POST", "DELETE" }
        from host in new[] { "one.example", "two.example", "other.example" }
        from headers in new[] { "", "X-A", "X-B", "X-A,X-B" }
        from query in new[] { "", "?q=1" }
        select Request(services, path, method, host, headers, query);

    private static DefaultHttpContext Request(IServiceProvider services, string path, string method, string host, string headers, string query)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Path = path;
        context.Request.Method = method;
        context.Request.Host = new HostString(host);
        context.Request.QueryString = new QueryString(query);
        foreach (var header in headers.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            context.Request.Headers[header] = "1";
        }

        return context;
    }

    private static string Describe(IEnumerable<RouteConfig> routes) => string.Join('\n', routes.Select(r => $"{r.RouteId}: {Write(r).ToJsonString()}"));
}
