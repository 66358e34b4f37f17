using EventGateway.Aggregator;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Http1;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Aggregation;

/// <summary>What all aggregated requests share on their way to YARP's clusters.</summary>
internal sealed class ClusterUpstreams(
    IProxyStateLookup proxy,
    IEnumerable<ILoadBalancingPolicy> loadBalancing,
    BreakerRegistry breakers,
    CallLimiters limiters,
    UpstreamReachability reachability,
    UpstreamMetrics upstreamMetrics,
    AggregationMetrics aggregationMetrics,
    Retrying retrying,
    Http1Client http1,
    TimeProvider time)
{
    private readonly Dictionary<string, ILoadBalancingPolicy> _policies =
        loadBalancing.ToDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);

    public UpstreamReachability Reachability { get; } = reachability;

    public UpstreamMetrics UpstreamMetrics { get; } = upstreamMetrics;

    public AggregationMetrics AggregationMetrics { get; } = aggregationMetrics;

    public Retrying Retrying { get; } = retrying;

    public Http1Client Http1 { get; } = http1;

    public TimeProvider Time { get; } = time;

    /// <summary>
    /// What the steps of one request need, in their order. It is looked up within the plan gate, before the first wait for anybody: an edit
    /// neither takes anything away from a run nor sends its later calls elsewhere than its first.
    /// </summary>
    public IReadOnlyList<StepTarget> TargetsOf(AggregationPlan plan)
    {
        var targets = new StepTarget[plan.Steps.Count];
        for (var i = 0; i < targets.Length; i++)
        {
            var step = plan.Steps[i];
            if (!proxy.TryGetCluster(step.Cluster, out var cluster))
            {
                throw new InvalidOperationException($"Cluster {step.Cluster} is gone.");   // the plan gate forbids it
            }

            targets[i] = new StepTarget(
                cluster,
                cluster.Model,
                cluster.DestinationsState.AvailableDestinations,
                step.CircuitBreaker is { } breaker ? breakers[breaker] : null,
                limiters.Find(step.Cluster),
                AggregationMetrics.SuccessesOf(plan.Name, step.Id));
        }

        return targets;
    }

    /// <summary>The upstream for one request.</summary>
    public ClusterUpstream For(HttpContext context, AggregationPlan plan, IReadOnlyList<StepTarget> targets) => new(this, context, plan, targets);

    /// <summary>One of <paramref name="available"/>, by the cluster's policy.</summary>
    public DestinationState Pick(HttpContext context, StepTarget target, IReadOnlyList<DestinationState> available)
    {
        if (available.Count == 1)
        {
            return available[0];
        }

        var policy = _policies[target.Model.Config.LoadBalancingPolicy ?? YarpDefaults.LoadBalancingPolicy];
        return policy.PickDestination(context, target.Cluster, available)
            ?? throw new UpstreamUnavailableException($"No destination of cluster {target.Cluster.ClusterId} is available.");
    }
}

/// <summary>
/// Where a step's calls go, as it was when the request began, what guards them, who has the places for them, and what counts those that succeed.
/// <paramref name="Cluster"/> itself lives on.
/// </summary>
internal sealed record StepTarget(
    ClusterState Cluster, ClusterModel Model, IReadOnlyList<DestinationState> Available, Guard? Guard, CallLimiter? Limiter, SeriesTable.Series? Successes);
