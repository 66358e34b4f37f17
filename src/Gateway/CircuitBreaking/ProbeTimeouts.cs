using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// A probe that has not ended by its breaker's ProbeTimeout counts as failed. Where a guarded call may take longer than that,
/// a slow upstream that answers in time would never close the breaker.
/// </summary>
internal static class ProbeTimeouts
{
    // What YARP does where a cluster names none.
    private static readonly TimeSpan ImplicitActivityTimeout = TimeSpan.FromSeconds(100);

    public static void Check(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        foreach (var (name, route) in options.ReverseProxy.Routes)
        {
            var node = root.Find("ReverseProxy", "Routes", name)!;
            if (CircuitBreakerTransform.NameIn(route) is { } breaker && IsRead(node, nameof(route.Timeout)))
            {
                CheckRoute(route, node, breaker);
            }
        }

        foreach (var (name, aggregation) in options.Aggregations)
        {
            var node = root.Find("Aggregations", name)!;
            foreach (var (step, at) in aggregation.Steps.Zip(SettingsNode.ObjectsIn(node["Steps"])))
            {
                // A step's time that is longer than the whole aggregation's is a mistake of its own.
                if (step.CircuitBreaker is { } breaker && step.Timeout <= aggregation.TotalTimeout && IsRead(at, nameof(step.Timeout)))
                {
                    Compare(breaker, step.Timeout, "the step's Timeout", at.PlaceOf(nameof(step.Timeout)), isImplicit: false);
                }
            }
        }

        void CheckRoute(RouteConfig route, SettingsNode node, string breaker)
        {
            if (route.Timeout is { } timeout)
            {
                Compare(breaker, timeout, "the route's Timeout", node.PlaceOf(nameof(route.Timeout)), isImplicit: false);
            }
            else if (route.ClusterId is { } id && root.Find("ReverseProxy", "Clusters", id) is { } cluster
                && IsRead(cluster, "HttpRequest") && options.ReverseProxy.Clusters.TryGetValue(id, out var config))
            {
                if (config.HttpRequest?.ActivityTimeout is { } activity)
                {
                    Compare(breaker, activity, "the cluster's ActivityTimeout", cluster["HttpRequest"]!.PlaceOf("ActivityTimeout"), isImplicit: false);
                }
                else
                {
                    Compare(breaker, ImplicitActivityTimeout, "the ActivityTimeout that a cluster has without naming one", node.Place, isImplicit: true);
                }
            }
        }

        void Compare(string breaker, TimeSpan call, string whose, SettingsPlace place, bool isImplicit)
        {
            if (options.CircuitBreakers.TryGetValue(breaker, out var settings) && settings.ProbeTimeout < call
                && root.Find("CircuitBreakers", breaker) is { } at && IsRead(at, nameof(settings.ProbeTimeout)))
            {
                problems.Add(new ConfigurationProblem(
                    at.PlaceOf(nameof(settings.ProbeTimeout)),
                    $"ProbeTimeout ({settings.ProbeTimeout}) is shorter than {whose} ({call}): a probe would count as failed while its call still runs",
                    isImplicit)
                {
                    Related = [place],
                });
            }
        }
    }

    // What could not be read has its default still. A key that is unknown may be a misspelling of this one.
    private static bool IsRead(SettingsNode node, string key) =>
        node.Misread != Misread.Structure && (node[key]?.Misread ?? Misread.Nothing) == Misread.Nothing;
}
