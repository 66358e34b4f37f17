using System.Collections.Frozen;
using EventGateway.Aggregator;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// A whole configuration: validated, compiled, immutable. Either all of it serves or nothing of it.
/// </summary>
public sealed class GatewayPlan
{
    private GatewayPlan(
        GatewayOptions options, string hash, IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters,
        FrozenDictionary<string, BreakerPlan> breakers, IReadOnlyList<AggregationPlan> aggregations)
    {
        Options = options;
        Hash = hash;
        Routes = routes;
        Clusters = clusters;
        Breakers = breakers;
        Aggregations = aggregations;
    }

    public GatewayOptions Options { get; }

    /// <summary>Tells this configuration file from others across a fleet.</summary>
    public string Hash { get; }

    public IReadOnlyList<RouteConfig> Routes { get; }

    public IReadOnlyList<ClusterConfig> Clusters { get; }

    public FrozenDictionary<string, BreakerPlan> Breakers { get; }

    public IReadOnlyList<AggregationPlan> Aggregations { get; }

    /// <summary>Returns null when there are errors; <paramref name="problems"/> then has all of them.</summary>
    internal static GatewayPlan? Compile(SettingsNode root, string hash, ProblemList problems)
    {
        var options = OptionsReader.Read<GatewayOptions>(root, problems);
        var breakers = BreakerPlan.CompileAll(options.CircuitBreakers, root, problems);
        var (routes, clusters) = ProxyCompiler.Compile(options, root, problems);
        var aggregations = AggregationCompiler.Compile(options, root, problems);
        EndpointCollisions.Find(options, root, problems);
        if (routes.Count == 0 && aggregations.Count == 0 && !options.AllowEmpty && !problems.HasErrors)
        {
            problems.Error(root.Find("ReverseProxy", "Routes") ?? root, "there is no route and no aggregation. If that is meant, say \"AllowEmpty\": true.");
        }

        return problems.HasErrors ? null : new GatewayPlan(options, hash, routes, clusters, breakers, aggregations);
    }
}
