using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Access;

/// <summary>
/// What is off because only an operator can decide it: nothing is wrong, but an edge where nobody ever decided is open by accident. A strict
/// check tells it, and fails for none of it.
/// </summary>
internal static class Undecided
{
    public static IReadOnlyList<ConfigurationProblem> In(GatewayPlan plan) => [.. Clients(plan), .. Rates(plan), .. Settings(plan)];

    // Each has a safe answer only in a place that the gateway can't know: a proxy in front, the machine that it runs on.
    private static IEnumerable<ConfigurationProblem> Settings(GatewayPlan plan)
    {
        var options = plan.Options;
        if (options.Limits.MaxConcurrentRequests is null)
        {
            yield return Notice(
                plan.Root.PlaceOf(nameof(options.Limits)), $"any number of requests is served at once ({nameof(options.Limits.MaxConcurrentRequests)}).");
        }

        if (options.AllowedHosts is [])
        {
            yield return Notice(plan.Root.PlaceOf(nameof(options.AllowedHosts)), "requests for any host are served.");
        }

        if (options.TrustedProxies is not [])
        {
            yield break;   // it ends TLS, and is asked who the client is
        }

        yield return Notice(
            plan.Root.PlaceOf(nameof(options.TrustedProxies)), "the client is who connects: behind a proxy, every client has the proxy's address.");
        if (plan.Https.Port is null)
        {
            yield return Notice(
                plan.Root.PlaceOf(nameof(options.Https)), "HTTPS is off: what clients send can be read on the way, unless a proxy in front ends TLS.");
        }
    }

    private static IEnumerable<ConfigurationProblem> Rates(GatewayPlan plan)
    {
        if (Endpoints(plan).All(endpoint => endpoint.Policies.RateLimiter is null))
        {
            yield return Notice(
                plan.Root.PlaceOf(nameof(GatewayOptions.RateLimiterPolicies)),
                $"no route and no aggregation limits how much a client may have ({nameof(RouteConfig.RateLimiterPolicy)}).");
        }
    }

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
