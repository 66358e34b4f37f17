using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Versions;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Admin;

/// <summary>What is served, and by whom.</summary>
internal sealed record RoutesReport(
    IReadOnlyList<RouteReport> Routes, IReadOnlyList<AggregationReport> Aggregations, IReadOnlyList<ClusterReport> Clusters,
    IReadOnlyList<VersionReport> Versions)
{
    public static async Task<RoutesReport> OfAsync(GatewayPlan plan, IProxyStateLookup proxy, UpstreamReachability reachability)
    {
        var clusters = await Task.WhenAll(plan.Clusters.Select(cluster => ClusterReport.OfAsync(cluster, proxy, reachability)));
        return new([.. plan.Routes.Select(route => RouteReport.Of(route, plan))], [.. plan.Aggregations.Select(a => AggregationReport.Of(a, plan))], clusters,
            [.. plan.Versions.All.Select(VersionReport.Of)]);
    }
}

internal sealed record RouteReport(
    string Name, string? Path, IReadOnlyList<string>? Methods, IReadOnlyList<string>? Hosts, int? Order, string? Cluster, string? Breaker,
    string? CorsPolicy, string? AuthorizationPolicy, string? RateLimiterPolicy, string? RetryPolicy, string? OutputCachePolicy, bool? Compress)
{
    public static RouteReport Of(RouteConfig route, GatewayPlan plan)
    {
        var written = plan.Options.ReverseProxy.Routes[route.RouteId];   // YARP's has only what YARP shall see
        var policies = plan.RoutePolicies.GetValueOrDefault(route.RouteId, EndpointPolicies.None);   // its metadata, read
        return new(
            route.RouteId, route.Match.Path, route.Match.Methods, route.Match.Hosts, route.Order, route.ClusterId, CircuitBreakerTransform.NameIn(route),
            written.CorsPolicy, written.AuthorizationPolicy, written.RateLimiterPolicy,
            policies.Retry?.Name, policies.OutputCache?.Name, policies.Compress ? true : null);
    }
}

internal sealed record AggregationReport(
    string Name, string Path, IReadOnlyList<string> Methods, IReadOnlyList<StepReport> Steps,
    string? CorsPolicy, string? AuthorizationPolicy, string? RateLimiterPolicy, string? RetryPolicy, string? OutputCachePolicy, bool? Compress)
{
    public static AggregationReport Of(AggregationPlan aggregation, GatewayPlan plan)
    {
        var written = plan.Options.Aggregations[aggregation.Name];
        return new(
            aggregation.Name, aggregation.Path, aggregation.Methods,
            [.. aggregation.Steps.Select(step => new StepReport(step.Id, step.Cluster, step.CircuitBreaker))],
            written.CorsPolicy, written.AuthorizationPolicy, written.RateLimiterPolicy,
            written.RetryPolicy, written.OutputCachePolicy, written.Compress ? true : null);
    }
}

internal sealed record VersionReport(
    string Name, string Prefix, IReadOnlyList<string> Routes, IReadOnlyList<string> Aggregations, string? Deprecation, string? Sunset, string? Successor)
{
    public static VersionReport Of(VersionPlan version) => new(
        version.Name, $"{version.Prefix}/", [.. version.Routes.Order(StringComparer.OrdinalIgnoreCase)],
        [.. version.Aggregations.Order(StringComparer.OrdinalIgnoreCase)],
        version.Deprecation?.Deprecation, version.Deprecation?.Sunset, version.Deprecation?.Successor);
}

internal sealed record StepReport(string Id, string Cluster, string? Breaker);

internal sealed record ClusterReport(string Name, IReadOnlyList<DestinationReport> Destinations)
{
    public static async Task<ClusterReport> OfAsync(ClusterConfig cluster, IProxyStateLookup proxy, UpstreamReachability reachability)
    {
        proxy.TryGetCluster(cluster.ClusterId, out var state);
        var living = state?.Destinations.Values.ToLookup(d => PinnedDestinations.NameOf(d.DestinationId).ToString(), StringComparer.OrdinalIgnoreCase);
        return new(cluster.ClusterId, await Task.WhenAll(cluster.Destinations!.Select(async destination =>
        {
            var (name, config) = destination;
            var health = living?[name].FirstOrDefault(d => d.Model.Config.Address == config.Address)?.Health;
            var since = await reachability.UnreachableSinceAsync(config.Address);
            return new DestinationReport(name, config.Address, ToLabel(health?.Active), ToLabel(health?.Passive), since is null, since);
        })));
    }

    // Unknown is what YARP says of what it doesn't check.
    private static string ToLabel(DestinationHealth? health) => health switch
    {
        DestinationHealth.Healthy => "healthy",
        DestinationHealth.Unhealthy => "unhealthy",
        _ => "unknown",
    };
}

internal sealed record DestinationReport(
    string Name, string Address, string ActiveHealth, string PassiveHealth, bool Reachable, DateTimeOffset? UnreachableSince);
