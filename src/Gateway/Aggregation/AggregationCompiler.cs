using System.Globalization;
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

    private static readonly string[] Relations = [nameof(AggregationOptions.Match), nameof(AggregationOptions.Steps), nameof(AggregationOptions.Output)];

    public static IReadOnlyList<AggregationPlan> Compile(
        GatewayOptions options, SettingsNode root, DefinedNames clusterNames, DefinedNames breakerNames, ProblemList problems)
    {
        var plans = new List<AggregationPlan>();
        foreach (var (name, aggregation) in options.Aggregations)
        {
            var node = root.Find("Aggregations", name)!;
            ProxyCompiler.CheckIsNotReserved(name, node, problems);
            CheckNames(aggregation, node, clusterNames, breakerNames, problems);
            var found = new List<PlanProblem>();
            if (AggregationPlan.Compile(name, aggregation, found) is { } plan)
            {
                plans.Add(plan);
            }

            foreach (var problem in found)
            {
                Report(problem, node, problems);
            }
        }

        return plans;
    }

    /// <summary>The steps, each with its place in the file.</summary>
    public static IEnumerable<(StepOptions Step, SettingsNode At)> StepsOf(AggregationOptions aggregation, SettingsNode node) =>
        aggregation.Steps.Zip(SettingsNode.ObjectsIn(node["Steps"]));

    private static void CheckNames(
        AggregationOptions aggregation, SettingsNode node, DefinedNames clusterNames, DefinedNames breakerNames, ProblemList problems)
    {
        foreach (var (step, at) in StepsOf(aggregation, node))
        {
            if (step.Cluster.Length > 0)
            {
                clusterNames.Check(at["Cluster"]!, step.Cluster, problems);
            }

            foreach (var (_, header) in at["Headers"]?.Children.Where(h => NeverPassed.Contains(h.Value.Value ?? "")) ?? [])
            {
                problems.Error(header, $"the header {header.Value} can't be passed on: it belongs to the client's own connection or answer.");
            }

            if (step.CircuitBreaker is { } breaker)
            {
                breakerNames.Check(at["CircuitBreaker"]!, breaker, problems);
            }
        }
    }

    private static void Report(PlanProblem problem, SettingsNode aggregation, ProblemList problems)
    {
        var (place, isRead) = Find(problem.Path, aggregation);
        var (other, isOtherRead) = problem.OtherPath is null ? (null, true) : Find(problem.OtherPath, aggregation);
        if (!isRead || !isOtherRead || (problem.IsRelation && !AreRelationsRead(aggregation)))
        {
            return;   // a consequence of what has been told already
        }

        var told = problem.Unknown is null
            ? new ConfigurationProblem(place, problem.Message)
            : ProblemList.UnknownName(place, problem.Message, problem.Unknown, problem.Known);
        problems.Add(other is null ? told : told with { Related = [other] });
    }

    // The keys that refer to each other. One that is missing may be there under a misspelt name.
    private static bool AreRelationsRead(SettingsNode aggregation) =>
        Array.TrueForAll(Relations, key => aggregation[key] is { Misread: not Misread.Structure });

    // A problem may be about a key that isn't there; the object that should have it is the next best place. Steps that are no
    // objects are none to the options either: their numbers count the others.
    private static (SettingsPlace Place, bool IsRead) Find(string path, SettingsNode aggregation)
    {
        var node = aggregation;
        foreach (var key in path.Split(':'))
        {
            var child = node == aggregation["Steps"]
                ? SettingsNode.ObjectsIn(node).ElementAt(int.Parse(key, CultureInfo.InvariantCulture))
                : node[key];
            if (child is null)
            {
                return (node.PlaceOf(key), node.Misread != Misread.Structure);
            }

            node = child;
        }

        return (node.Place, node.Misread == Misread.Nothing);
    }
}
