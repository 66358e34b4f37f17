using EventGateway.Aggregator;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;

namespace EventGateway.Gateway.Aggregation;

/// <summary>Compiles the aggregations, and checks the names by which they refer to the rest of the file.</summary>
internal static class AggregationCompiler
{
    // Each of these would change what the upstream answers into something that is no part of an answer: a range, a 304, another coding.
    private static readonly HashSet<string> NeverPassed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "If-Match", "If-Modified-Since",
        "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Proxy-Connection", "Range", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    public static IReadOnlyList<AggregationPlan> Compile(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var plans = new List<AggregationPlan>();
        foreach (var (name, aggregation) in options.Aggregations)
        {
            var node = root.Find("Aggregations", name)!;
            CheckNames(aggregation, options, node, problems);
            var found = new List<PlanProblem>();
            if (AggregationPlan.Compile(name, aggregation, found) is { } plan)
            {
                plans.Add(plan);
            }

            foreach (var problem in found)
            {
                problems.Error(NearestTo(problem.Path, node), problem.Message);
            }
        }

        return plans;
    }

    private static void CheckNames(AggregationOptions aggregation, GatewayOptions options, SettingsNode node, ProblemList problems)
    {
        var steps = (node["Steps"]?.Children ?? []).Where(s => s.Value.Kind == SettingsKind.Object).ToList();
        for (var i = 0; i < aggregation.Steps.Count && i < steps.Count; i++)
        {
            var step = aggregation.Steps[i];
            if (step.Cluster.Length > 0 && !options.ReverseProxy.Clusters.ContainsKey(step.Cluster))
            {
                problems.Error(steps[i].Value["Cluster"]!, ProxyCompiler.UnknownName("cluster", step.Cluster, options.ReverseProxy.Clusters.Keys));
            }

            foreach (var header in step.Headers.Where(NeverPassed.Contains))
            {
                problems.Error(steps[i].Value["Headers"]!, $"the header {header} can't be passed on: it belongs to the client's own connection or answer.");
            }

            if (step.CircuitBreaker is { } breaker && !options.CircuitBreakers.ContainsKey(breaker))
            {
                problems.Error(
                    steps[i].Value["CircuitBreaker"]!, ProxyCompiler.UnknownName("circuit breaker", breaker, options.CircuitBreakers.Keys));
            }
        }
    }

    // A problem may be about a key that isn't there; the object that should have it is the next best place.
    private static SettingsNode NearestTo(string path, SettingsNode node)
    {
        foreach (var key in path.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node[key] is not { } child)
            {
                break;
            }

            node = child;
        }

        return node;
    }
}
