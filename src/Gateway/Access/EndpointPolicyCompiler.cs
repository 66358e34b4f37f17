using System.Collections.Frozen;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Cors;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Access;

/// <summary>Finds the policies that routes and aggregations name.</summary>
internal sealed class EndpointPolicyCompiler(GatewayOptions options, SettingsNode root, ProblemList problems)
{
    private readonly NamedPolicies<CorsPolicy> _cors =
        new("CORS policy", root, nameof(options.CorsPolicies), CorsPolicyCompiler.CompileAll(options, root, problems));

    /// <summary>By route; those that name no policy aren't in it.</summary>
    public FrozenDictionary<string, EndpointPolicies> OfRoutes() => Compile(
        options.ReverseProxy.Routes, (name, route) => Find(root.Find("ReverseProxy", "Routes", name)!, route.CorsPolicy));

    /// <summary>By aggregation; those that name no policy aren't in it.</summary>
    public FrozenDictionary<string, EndpointPolicies> OfAggregations() => Compile(
        options.Aggregations, (name, aggregation) => Find(root.Find("Aggregations", name)!, aggregation.CorsPolicy));

    public void WarnOfUnused() => _cors.WarnOfUnused(problems);

    private EndpointPolicies Find(SettingsNode owner, string? cors) => new()
    {
        Cors = _cors.Find(owner, nameof(RouteConfig.CorsPolicy), cors, problems),
    };

    private static FrozenDictionary<string, EndpointPolicies> Compile<T>(Dictionary<string, T> endpoints, Func<string, T, EndpointPolicies> find) => endpoints
        .Select(endpoint => (endpoint.Key, Policies: find(endpoint.Key, endpoint.Value)))
        .Where(found => found.Policies != EndpointPolicies.None)
        .ToFrozenDictionary(found => found.Key, found => found.Policies, StringComparer.OrdinalIgnoreCase);
}
