using System.Text.Json.Nodes;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Commands;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>A plan that our own checks find good and that YARP refuses all the same, before or after it has taken up a part of it.</summary>
public class RefusedByProxyTests
{
    private const string Refused = "refused";
    private const string RefusedOnTheWayBack = "getEvents";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Type, Type> Refusals => new()
    {
        { typeof(IProxyConfigFilter), typeof(RefusingFilter) },       // before anything has changed
        { typeof(ITransformProvider), typeof(RefusingTransforms) },   // when the clusters have been changed already
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Start_YarpRefuses_IsOneLineThatSaysWhy(Type service, Type implementation)
    {
        var source = new ConfigurationSource(
            "appsettings.json", "none.env", new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>());
        var plan = Reading.Shipped(root => AddRoute(root, Refused, "/refused")).IsTakenUp();
        await using var error = new StringWriter();

        var gateway = await ServeCommand.TryBuildAsync(
            source, () => GatewayHost.Build(source, plan, Stream.Null, null, null, services => services.AddSingleton(service, implementation)), error);

        Assert.Null(gateway);
        Assert.Equal($"appsettings.json: error: the proxy refuses it: {Refused}{Environment.NewLine}", error.ToString());
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Edit_YarpRefuses_EverythingGoesBackAndTheNextIsTakenUp(Type service, Type implementation)
    {
        await using var upstream = Traffic.Upstream();
        await using var elsewhere = RawUpstream.Start((_, connection) => connection.RespondAsync("{}", "500 Internal Server Error"));
        var good = TestGateway.Configuration(upstream.Address, root => root["Aggregations"]!["eventsByUser"]!["TotalTimeout"] = "1.00:00:00");
        await using var edited = await EditedGateway.StartAsync(good, services => services.AddSingleton(service, implementation));
        var gateway = edited.Gateway;
        await using var traffic = Traffic.StartOfAllKinds(gateway);
        await traffic.PassAsync();
        var breaker = gateway.Services.GetRequiredService<BreakerRegistry>()["addEvent"].Breaker;

        for (var i = 1; i <= 10; i++)
        {
            edited.Replace(TestGateway.Configuration(elsewhere.Address, root => MoveEverything(root, i)));
            var rejected = await edited.RefusesAsync();

            Assert.Contains(Refused, Assert.Single(rejected.Problems), StringComparison.Ordinal);
            Assert.Equal(i, edited.Log.Of(403).Count);
            await traffic.PassAsync();
        }

        Assert.Empty(elsewhere.Requests);
        Assert.Equal(0, await gateway.MetricAsync("gateway_config_last_reload_successful"));
        Assert.Equal((0, 10), (await gateway.ReloadsAsync("applied"), await gateway.ReloadsAsync("rejected")));
        Assert.Contains("\"configuration\"", await gateway.Client.GetStringAsync("/ready", Token), StringComparison.Ordinal);
        Assert.Same(breaker, gateway.Services.GetRequiredService<BreakerRegistry>().All.Single());
        Assert.Equal(3, breaker.GetStatus().FailureThreshold);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await gateway.Client.GetAsync("/refused", Token)).StatusCode);

        await edited.ApplyAsync(TestGateway.Configuration(upstream.Address, root => AddRoute(root, "getVenues", "/getVenues")));

        Assert.Equal("[]", await gateway.Client.GetStringAsync("/getVenues", Token));
        Assert.Equal(1, await gateway.MetricAsync("gateway_config_last_reload_successful"));
        await traffic.PassAsync();
        await traffic.StopAsync();
    }

    [Fact]
    public async Task Edit_YarpRefusesWhileABreakerIsOpen_TheBreakerKnowsNothingOfIt()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("{}", "503 Service Unavailable"));
        await using var edited = await EditedGateway.StartAsync(
            TestGateway.Configuration(upstream.Address), services => services.AddSingleton<ITransformProvider, RefusingTransforms>());
        var breaker = edited.Gateway.Services.GetRequiredService<BreakerRegistry>()["addEvent"].Breaker;
        for (var i = 0; i < 2; i++)
        {
            using var body = new StringContent(WiredGateway.NewEvent, null, "application/json");
            (await edited.Gateway.Client.PostAsync("/addEvent", body, Token)).Dispose();
        }

        // A threshold of 1 forgets all failures but the last, and a window of 1 ms the last one, too.
        edited.Replace(TestGateway.Configuration(upstream.Address, root =>
        {
            root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 1;
            root["CircuitBreakers"]!["addEvent"]!["FailureWindow"] = "00:00:00.001";
            AddRoute(root, Refused, "/refused");
        }));
        await edited.RefusesAsync();

        Assert.Equal((3, 2), (breaker.GetStatus().FailureThreshold, breaker.GetStatus().WindowFailures));
    }

    [Fact]
    public async Task Edit_YarpRefusesAndThenTheWayBack_BothAreToldAndTheNextIsTakenUp()
    {
        await using var upstream = Traffic.Upstream();
        await using var edited = await EditedGateway.StartAsync(
            TestGateway.Configuration(upstream.Address), services => services.AddSingleton<IProxyConfigFilter, RefusingFilterOfTheNextToo>());

        edited.Replace(TestGateway.Configuration(upstream.Address, root => MoveEverything(root, 1)));
        var rejected = await edited.RefusesAsync();

        Assert.Equal(2, rejected.Problems.Count);
        Assert.Contains(Refused, rejected.Problems[0], StringComparison.Ordinal);
        Assert.Contains(RefusedOnTheWayBack, rejected.Problems[1], StringComparison.Ordinal);
        Assert.Equal("addEvent", Assert.Single(edited.Gateway.Services.GetRequiredService<BreakerRegistry>().All).Name);

        await edited.ApplyAsync(TestGateway.Configuration(upstream.Address, root => AddRoute(root, "getVenues", "/getVenues")));
        Assert.Equal("[]", await edited.Gateway.Client.GetStringAsync("/getVenues", Token));
    }

    private static void MoveEverything(JsonNode root, int edit)
    {
        root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 1;
        root["CircuitBreakers"]!["another"] = new JsonObject();
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = new JsonArray(new JsonObject { ["CircuitBreaker"] = "another" });
        root["ReverseProxy"]!["Routes"]!.AsObject().Remove("getEvents");
        root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["Path"] = $"/edit/{edit}/{{id}}";
        AddRoute(root, Refused, "/refused");
    }

    private static void AddRoute(JsonNode root, string name, string path) =>
        root["ReverseProxy"]!["Routes"]![name] = new JsonObject { ["ClusterId"] = "event-api", ["Match"] = new JsonObject { ["Path"] = path } };

    private sealed class RefusingFilter : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster);

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) =>
            route.RouteId == Refused ? throw new InvalidOperationException(Refused) : new(route);
    }

    private sealed class RefusingFilterOfTheNextToo : IProxyConfigFilter
    {
        private bool _hasRefused;

        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster);

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
        {
            if (route.RouteId == Refused)
            {
                _hasRefused = true;
                throw new InvalidOperationException(Refused);
            }

            // Once, and not before the way back: the new plan has no such route.
            if (_hasRefused && route.RouteId == RefusedOnTheWayBack)
            {
                _hasRefused = false;
                throw new InvalidOperationException();
            }

            return new(route);
        }
    }

    private sealed class RefusingTransforms : ITransformProvider
    {
        public void ValidateRoute(TransformRouteValidationContext context)
        {
        }

        public void ValidateCluster(TransformClusterValidationContext context)
        {
        }

        public void Apply(TransformBuilderContext context)
        {
            if (context.Route.RouteId == Refused)
            {
                throw new InvalidOperationException(Refused);
            }
        }
    }
}
