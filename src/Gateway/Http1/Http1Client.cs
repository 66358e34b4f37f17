using System.Collections.Concurrent;
using System.Net;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Http1;

/// <summary>
/// The client for calls of aggregations over HTTP/1.1 without TLS: a GET without a body, and an answer of which only the headers are kept that somebody reads.
/// It knows nothing else on purpose. All other calls are .NET's client's, which costs 2.5 times as much for each: docs/decisions/0028.
/// </summary>
internal sealed class Http1Client : IDisposable
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(15);

    private readonly UpstreamMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Cluster, string Address), Http1Origin?> _origins = new();
    private readonly ITimer _closing;

    public Http1Client(UpstreamMetrics metrics, TimeProvider time)
    {
        (_metrics, _time) = (metrics, time);
        _closing = time.CreateTimer(static client => ((Http1Client)client!).CloseIdle(), this, Round, Round);
    }

    /// <summary>Where calls to a destination go; <see langword="null"/> for one that needs more than this client knows.</summary>
    public Http1Origin? Find(ClusterConfig cluster, string address)
    {
        if (!IsPlain(cluster))
        {
            return null;
        }

        return _origins.TryGetValue((cluster.ClusterId, address), out var origin)
            ? origin
            : _origins.GetOrAdd((cluster.ClusterId, address), static (key, client) => Http1Origin.Of(key.Address, key.Cluster, client._metrics, client._time), this);
    }

    public void Dispose()
    {
        _closing.Dispose();
        foreach (var origin in _origins.Values)
        {
            origin?.CloseAll();
        }
    }

    // As .NET's client would choose its version where there is no TLS to agree on another.
    private static bool IsPlain(ClusterConfig cluster)
    {
        var version = cluster.HttpRequest?.Version ?? HttpVersion.Version20;
        var policy = cluster.HttpRequest?.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower;
        return (version == HttpVersion.Version11 || (version >= HttpVersion.Version20 && policy == HttpVersionPolicy.RequestVersionOrLower))
            && cluster.HttpClient is null or { WebProxy: null, MaxConnectionsPerServer: null, RequestHeaderEncoding: null, ResponseHeaderEncoding: null };
    }

    private void CloseIdle()
    {
        foreach (var origin in _origins.Values)
        {
            origin?.CloseIdle();
        }
    }
}
