using System.Collections.Frozen;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Limits;

/// <summary>How many calls a cluster gets at once, how many more may wait for a place, and for how long.</summary>
public sealed record CallLimitPlan(int MaxConcurrentCalls, int MaxQueuedCalls, TimeSpan QueueTimeout)
{
    private static readonly TimeSpan DefaultQueueTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The limit of the gateway's requests; null where it has none.</summary>
    internal static CallLimitPlan? Of(LimitsOptions options) => options.MaxConcurrentRequests is { } requests
        ? new CallLimitPlan(requests, options.MaxQueuedRequests ?? 0, options.QueueTimeout ?? DefaultQueueTimeout)
        : null;

    /// <summary>The limits of the clusters that have one, by cluster.</summary>
    internal static FrozenDictionary<string, CallLimitPlan> CompileAll(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var plans = new Dictionary<string, CallLimitPlan>();
        foreach (var name in options.ReverseProxy.Clusters.Keys)
        {
            var metadata = MetadataReader.Read<ClusterMetadata>(root.Find("ReverseProxy", "Clusters", name, "Metadata"), problems);
            if (metadata.MaxConcurrentCalls is { } calls and > 0)   // 0 is a mistake that has been told
            {
                plans[name] = new CallLimitPlan(calls, metadata.MaxQueuedCalls ?? 0, metadata.QueueTimeout ?? DefaultQueueTimeout);
            }
        }

        return plans.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
