using System.Collections.Concurrent;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

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
        var unreachable = new List<(string, DateTimeOffset)>();
        foreach (var cluster in plan.Clusters)
        {
            var since = await Task.WhenAll(cluster.Destinations!.Values.Select(d => AddressOf(d.Address).UnreachableSinceAsync()));
            if (Array.TrueForAll(since, s => s is not null))
            {
                unreachable.Add((cluster.ClusterId, since.Min()!.Value));
            }
        }

        return unreachable;
    }

    private UpstreamAddress AddressOf(string address) =>
        _addresses.GetOrAdd(address, static (text, own) => new UpstreamAddress(text, own.time, own.logger), (time, logger));
}
