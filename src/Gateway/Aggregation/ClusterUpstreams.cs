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

    public BreakerRegistry Breakers { get; } = breakers;

    public UpstreamReachability Reachability { get; } = reachability;

    public UpstreamMetrics UpstreamMetrics { get; } = upstreamMetrics;

    public AggregationMetrics AggregationMetrics { get; } = aggregationMetrics;

    public TimeProvider Time { get; } = time;

    /// <summary>The upstream for one request. Clusters are looked up here, so that a reload takes none away from a run.</summary>
    public ClusterUpstream For(HttpContext context, AggregationPlan plan)
    {
        var clusters = new Dictionary<string, ClusterState>(StringComparer.OrdinalIgnoreCase);
        foreach (var step in plan.Steps)
        {
            if (proxy.TryGetCluster(step.Cluster, out var cluster))
            {
                clusters[step.Cluster] = cluster;
            }
        }

        return new ClusterUpstream(this, context, plan, clusters);
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
