using System.Collections.Frozen;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// A probe that has not ended by its breaker's ProbeTimeout counts as failed. Where a guarded call may take longer than that,
/// a slow upstream that answers in time would never close the breaker. Its time begins with its permit, and so before the queue of its
/// cluster.
/// </summary>
internal static class ProbeTimeouts
{
    public static void Check(GatewayOptions options, FrozenDictionary<string, CallLimitPlan> callLimits, SettingsNode root, ProblemList problems)
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
            foreach (var (step, at) in AggregationCompiler.StepsOf(aggregation, node))
            {
                // A step's time that is longer than the whole aggregation's is a mistake of its own.
                if (step.CircuitBreaker is { } breaker && step.Timeout <= aggregation.TotalTimeout && IsRead(at, nameof(step.Timeout)))
                {
                    Compare(breaker, step.Timeout, "the step's Timeout", [at.PlaceOf(nameof(step.Timeout))], isImplicit: false);
                }
            }
        }

        void CheckRoute(RouteConfig route, SettingsNode node, string breaker)
        {
            if (route.Timeout is { } timeout)
            {
                Compare(breaker, timeout, "the route's Timeout", [node.PlaceOf(nameof(route.Timeout))], isImplicit: false);
            }
            else if (route.ClusterId is { } id && root.Find("ReverseProxy", "Clusters", id) is { } cluster
                && IsRead(cluster, "HttpRequest") && IsRead(cluster, "Metadata") && options.ReverseProxy.Clusters.TryGetValue(id, out var config))
            {
                var activity = config.HttpRequest?.ActivityTimeout;
                var (call, whose) = activity is { } written
                    ? (written, "the cluster's ActivityTimeout")
                    : (YarpDefaults.ActivityTimeout, "the ActivityTimeout that a cluster has without naming one");
                List<SettingsPlace> places = [activity is null ? node.Place : cluster["HttpRequest"]!.PlaceOf("ActivityTimeout")];
                var queue = callLimits.GetValueOrDefault(id) is { MaxQueuedCalls: > 0 } limit ? limit.QueueTimeout : TimeSpan.Zero;
                if (queue > TimeSpan.Zero)
                {
                    places.Add(cluster["Metadata"]!.PlaceOf(nameof(ClusterMetadata.QueueTimeout)));
                    whose += " and QueueTimeout together";
                }

                Compare(breaker, call + queue, whose, places, isImplicit: activity is null);
            }
        }

        void Compare(string breaker, TimeSpan call, string whose, IReadOnlyList<SettingsPlace> places, bool isImplicit)
        {
            if (options.CircuitBreakers.TryGetValue(breaker, out var settings) && settings.ProbeTimeout < call
                && root.Find("CircuitBreakers", breaker) is { } at && IsRead(at, nameof(settings.ProbeTimeout)))
            {
                problems.Add(new ConfigurationProblem(
                    at.PlaceOf(nameof(settings.ProbeTimeout)),
                    $"ProbeTimeout ({settings.ProbeTimeout}) is shorter than {whose} ({call}): a probe would count as failed while its call still runs",
                    isImplicit ? Severity.Warning : Severity.Error)
                {
                    Related = places,
                });
            }
        }
    }

    // What could not be read has its default still. A key that is unknown may be a misspelling of this one.
    private static bool IsRead(SettingsNode node, string key) =>
        node.Misread != Misread.Structure && (node[key]?.Misread ?? Misread.Nothing) == Misread.Nothing;
}
