using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Status;

/// <summary>How the upstreams do.</summary>
internal sealed class ClusterReports(IProxyStateLookup proxy, UpstreamReachability reachability, CallLimiters limiters)
{
    private volatile Dictionary<string, DateTimeOffset?> _seen = [];
    private Task _looking = Task.CompletedTask;

    /// <summary>
    /// What was found out last. Finding out may take a connect, for which nobody waits: it is begun here, and in the report when it
    /// has ended. One caller at a time.
    /// </summary>
    public IReadOnlyList<ClusterReport> Report(GatewayPlan plan)
    {
        if (_looking.IsCompleted)
        {
            _looking = LookAsync(plan);
        }

        return
        [
            .. from cluster in plan.Clusters
               let found = proxy.TryGetCluster(cluster.ClusterId, out var state) ? state : null
               where found is not null
               orderby cluster.ClusterId
               select new ClusterReport(cluster.ClusterId, LimitOf(cluster.ClusterId), [.. found.DestinationsState.AllDestinations.Select(Report)]),
        ];
    }

    private async Task LookAsync(GatewayPlan plan)
    {
        var addresses = plan.Clusters.SelectMany(c => c.Destinations!.Values).Select(d => d.Address).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var since = await Task.WhenAll(addresses.Select(reachability.UnreachableSinceAsync));
        _seen = addresses.Zip(since).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.OrdinalIgnoreCase);
    }

    private CallLimitReport? LimitOf(string cluster) =>
        limiters.Find(cluster) is { } limiter ? new CallLimitReport(limiter.InFlight, limiter.Plan.MaxConcurrentCalls, limiter.Queued) : null;

    private DestinationReport Report(DestinationState destination)
    {
        var address = destination.Model.Config.Address;
        var known = _seen.TryGetValue(address, out var since);
        return new DestinationReport(
            PinnedDestinations.NameOf(destination.DestinationId).ToString(),
            address,
            !known ? "unknown" : since is null ? "reachable" : "unreachable",
            since?.ToUnixTimeMilliseconds(),
            ToLabel(destination.Health),
            destination.ConcurrentRequestCount);
    }

    private static string ToLabel(DestinationHealthState health) => (health.Passive, health.Active) switch
    {
        (DestinationHealth.Unhealthy, _) or (_, DestinationHealth.Unhealthy) => "unhealthy",
        (DestinationHealth.Unknown, DestinationHealth.Unknown) => "unknown",
        _ => "healthy",
    };
}
