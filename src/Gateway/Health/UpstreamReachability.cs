using System.Collections.Concurrent;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Health;

/// <summary>
/// Whether the upstreams can be reached: learned from the traffic, and, when that is silent, by one TCP connect. Never by
/// an HTTP request: the gateway adds no load to an upstream that suffers.
/// </summary>
internal sealed class UpstreamReachability(TimeProvider time, ILogger<UpstreamReachability> logger)
{
    private readonly ConcurrentDictionary<string, UpstreamAddress> _addresses = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes note of a call. Only a failure to connect says that nobody is there.</summary>
    public void Learn(string address, bool answered, CallCause cause)
    {
        if (answered || cause == CallCause.Connect)
        {
            AddressOf(address).Learn(answered);
        }
    }

    /// <summary>The clusters of which no destination can be reached, and since when.</summary>
    public async Task<IReadOnlyList<(string Cluster, DateTimeOffset Since)>> FindUnreachableAsync(GatewayPlan plan)
    {
        Forget(plan);
        var since = await Task.WhenAll(plan.Clusters.Select(UnreachableSinceAsync));
        return [.. plan.Clusters.Zip(since).Where(c => c.Second is not null).Select(c => (c.First.ClusterId, c.Second!.Value))];
    }

    /// <summary>Null while the address of a destination can be reached.</summary>
    public Task<DateTimeOffset?> UnreachableSinceAsync(string address) => AddressOf(address).UnreachableSinceAsync();

    private async Task<DateTimeOffset?> UnreachableSinceAsync(ClusterConfig cluster)
    {
        var since = await Task.WhenAll(cluster.Destinations!.Values.Select(d => UnreachableSinceAsync(d.Address)));
        return Array.TrueForAll(since, s => s is not null) ? since.Min() : null;
    }

    private void Forget(GatewayPlan plan)
    {
        var known = plan.Clusters.SelectMany(c => c.Destinations!.Values).Select(d => d.Address).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var gone in _addresses.Keys.Where(address => !known.Contains(address)))
        {
            _addresses.TryRemove(gone, out _);
        }
    }

    private UpstreamAddress AddressOf(string address) =>
        _addresses.GetOrAdd(address, static (text, own) => new UpstreamAddress(text, own.time, own.logger), (time, logger));
}
