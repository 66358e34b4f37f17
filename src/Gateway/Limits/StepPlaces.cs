using System.Collections.Frozen;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Limits;

/// <summary>
/// A repeated step that makes more calls at once than its cluster has room for: one request alone would be refused its calls, and only
/// when its list is long. Nobody would find that in a test.
/// </summary>
internal static class StepPlaces
{
    public static void Check(GatewayOptions options, FrozenDictionary<string, CallLimitPlan> callLimits, SettingsNode root, ProblemList problems)
    {
        foreach (var (name, aggregation) in options.Aggregations)
        {
            foreach (var (step, at) in AggregationCompiler.StepsOf(aggregation, root.Find("Aggregations", name)!))
            {
                if (step.ForEach is not null && callLimits.TryGetValue(step.Cluster, out var limit)
                    && step.MaxConcurrency > limit.MaxConcurrentCalls + limit.MaxQueuedCalls)
                {
                    problems.Warn(
                        at.PlaceOf(nameof(step.MaxConcurrency)),
                        $"step '{step.Id}' makes up to {step.MaxConcurrency} calls at once, but cluster '{step.Cluster}' has "
                        + $"{limit.MaxConcurrentCalls} places and lets {limit.MaxQueuedCalls} calls wait: what is more is refused.");
                }
            }
        }
    }
}
