using System.Collections.Frozen;
using EventGateway.Aggregator;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Versions;

/// <summary>A version of the API: where it is found, and what belongs to it.</summary>
public sealed class VersionPlan
{
    public required string Name { get; init; }

    /// <summary>Without a slash at its end: empty for the paths as they are written.</summary>
    public required string Prefix { get; init; }

    public required FrozenSet<string> Routes { get; init; }

    public required FrozenSet<string> Aggregations { get; init; }

    /// <summary>Null where the version is as good as ever.</summary>
    public required DeprecationPlan? Deprecation { get; init; }

    public IEnumerable<string> Members => Routes.Concat(Aggregations);

    /// <summary>Whether the endpoint can be reached by this version's paths.</summary>
    internal bool Has(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteModel>() is { } route ? Routes.Contains(route.Config.RouteId)
        : endpoint.Metadata.GetMetadata<AggregationPlan>() is { } aggregation ? Aggregations.Contains(aggregation.Name)
        : Prefix.Length == 0 || endpoint is not RouteEndpoint;   // the gateway's own pages have no versions; the router's 405 is no page

    /// <summary>Name of the route or aggregation that the endpoint is; null for the gateway's own pages and the router's 405.</summary>
    internal static string? NameOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteModel>()?.Config.RouteId ?? endpoint.Metadata.GetMetadata<AggregationPlan>()?.Name;
}
