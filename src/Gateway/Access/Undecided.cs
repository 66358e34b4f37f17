using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Access;

/// <summary>
/// What is off because only an operator can decide it: nothing is wrong, but an edge where nobody ever decided is open by accident. A strict
/// check tells it, and fails for none of it.
/// </summary>
internal static class Undecided
{
    public static IReadOnlyList<ConfigurationProblem> In(GatewayPlan plan) => [.. Clients(plan)];

    private static IEnumerable<ConfigurationProblem> Clients(GatewayPlan plan)
    {
        const string Key = nameof(RouteConfig.AuthorizationPolicy);
        var endpoints = Endpoints(plan).ToList();
        var open = endpoints.Where(endpoint => endpoint.Policies.Authorization is null).ToList();
        if (open.Count > 0 && open.Count == endpoints.Count)
        {
            return [Notice(plan.Root.PlaceOf(nameof(GatewayOptions.AuthorizationPolicies)), $"no route and no aggregation asks who its clients are ({Key}).")];
        }

        // Where some ask, one that doesn't may have been forgotten.
        return open.Select(endpoint => Notice(endpoint.Node.PlaceOf(Key), "everybody may use this; others ask who their clients are."));
    }

    private static IEnumerable<(SettingsNode Node, EndpointPolicies Policies)> Endpoints(GatewayPlan plan) =>
    [
        .. plan.Routes.Select(route =>
            (plan.Root.Find("ReverseProxy", "Routes", route.RouteId)!, plan.RoutePolicies.GetValueOrDefault(route.RouteId, EndpointPolicies.None))),
        .. plan.Aggregations.Select(aggregation =>
            (plan.Root.Find("Aggregations", aggregation.Name)!, plan.AggregationPolicies.GetValueOrDefault(aggregation.Name, EndpointPolicies.None))),
    ];

    private static ConfigurationProblem Notice(SettingsPlace place, string message) => new(place, message, Severity.Notice);
}
