using EventGateway.Aggregator;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Aggregation;

/// <summary>What all aggregated requests share on their way to YARP's clusters.</summary>
internal sealed class ClusterUpstreams(
    IProxyStateLookup proxy,
    IEnumerable<ILoadBalancingPolicy> loadBalancing,
    BreakerRegistry breakers,
    UpstreamReachability reachability,
    UpstreamMetrics upstreamMetrics,
    AggregationMetrics aggregationMetrics,
    TimeProvider time)
{
    private readonly Dictionary<string, ILoadBalancingPolicy> _policies =
        loadBalancing.ToDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);

    public UpstreamReachability Reachability { get; } = reachability;

    public UpstreamMetrics UpstreamMetrics { get; } = upstreamMetrics;

    public AggregationMetrics AggregationMetrics { get; } = aggregationMetrics;

    public TimeProvider Time { get; } = time;

    /// <summary>The upstream for one request. What its steps need is looked up here, so that a reload takes nothing away from a run.</summary>
    public ClusterUpstream For(HttpContext context, AggregationPlan plan)
    {
        var targets = new Dictionary<string, StepTarget>(plan.Steps.Count);
        foreach (var step in plan.Steps)
        {
            // Only a request that was routed in the very instant of an edit can miss what its plan names.
            if (!proxy.TryGetCluster(step.Cluster, out var cluster))
            {
                throw new UpstreamUnavailableException($"Cluster {step.Cluster} is gone.");
            }

            targets[step.Id] = new StepTarget(cluster, step.CircuitBreaker is { } breaker ? breakers.Find(breaker) : null);
        }

        return new ClusterUpstream(this, context, plan, targets);
    }

    public DestinationState Pick(HttpContext context, ClusterState cluster)
    {
        var available = cluster.DestinationsState.AvailableDestinations;
        if (available.Count == 1)
        {
            return available[0];
        }

        var policy = _policies[cluster.Model.Config.LoadBalancingPolicy ?? LoadBalancingPolicies.PowerOfTwoChoices];
        return policy.PickDestination(context, cluster, available)
            ?? throw new UpstreamUnavailableException($"No destination of cluster {cluster.ClusterId} is available.");
    }
}

/// <summary>Where a step's calls go, and what guards them.</summary>
internal readonly record struct StepTarget(ClusterState Cluster, Guard? Guard);
