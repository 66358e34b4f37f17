using System.Collections.Concurrent;
using System.Net.Sockets;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Health;

/// <summary>
/// Whether the upstreams can be reached: learned from the traffic, and, when that is silent, by one TCP connect. Never by
/// an HTTP request: the gateway adds no load to an upstream that suffers.
/// </summary>
internal sealed partial class UpstreamReachability(TimeProvider time, ILogger<UpstreamReachability> logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Address> _addresses = new(StringComparer.OrdinalIgnoreCase);

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
            var destinations = cluster.Destinations!.Values.Select(d => AddressOf(d.Address)).ToList();
            await Task.WhenAll(destinations.Select(d => d.RefreshAsync()));
            if (destinations.TrueForAll(d => d.UnreachableSince is not null))
            {
                unreachable.Add((cluster.ClusterId, destinations.Min(d => d.UnreachableSince!.Value)));
            }
        }

        return unreachable;
    }

    private Address AddressOf(string address) => _addresses.GetOrAdd(address, static (text, owner) => new Address(text, owner), this);

    private sealed class Address(string text, UpstreamReachability owner)
    {
        private readonly Lock _gate = new();
        private readonly Uri _uri = new(text);
        private Task? _refresh;               // guarded by _gate
        private long _evidenceAt;             // by Volatile; meaningless before the first evidence
        private volatile bool _known;
        private volatile object? _since;      // a boxed DateTimeOffset while unreachable

        public DateTimeOffset? UnreachableSince => (DateTimeOffset?)_since;

        public void Learn(bool reachable)
        {
            Volatile.Write(ref _evidenceAt, owner.Now);
            if (_known && reachable == _since is null)
            {
                return;
            }

            lock (_gate)
            {
                if (reachable && _since is not null)
                {
                    _since = null;
                    Log.Reachable(owner.Logger, text);
                }
                else if (!reachable && _since is null)
                {
                    _since = owner.WallTime;
                    Log.Unreachable(owner.Logger, text);
                }

                _known = true;
            }
        }

        // Whoever asks meanwhile shares the one connect that is under way.
        public Task RefreshAsync()
        {
            lock (_gate)
            {
                if (_refresh is { IsCompleted: false } || IsFresh)
                {
                    return _refresh ?? Task.CompletedTask;
                }

                return _refresh = ConnectAsync();
            }
        }

        private bool IsFresh => _known && owner.Since(Volatile.Read(ref _evidenceAt)) < Fresh;

        private async Task ConnectAsync()
        {
            await Task.Yield();   // not under the lock
            using var timeout = owner.CreateTimeout();
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(_uri.DnsSafeHost, _uri.Port, timeout.Token);
                Learn(reachable: true);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                Learn(reachable: false);
            }
        }
    }

    private ILogger Logger => logger;

    private long Now => time.GetTimestamp();

    private DateTimeOffset WallTime => time.GetUtcNow();

    private TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);

    private CancellationTokenSource CreateTimeout() => new(ConnectTimeout, time);

    private static partial class Log
    {
        [LoggerMessage(EventId = 511, EventName = "UpstreamUnreachable", Level = LogLevel.Warning, Message = "Nothing answers at {Address}; calls to it fail.")]
        public static partial void Unreachable(ILogger logger, string address);

        [LoggerMessage(EventId = 512, EventName = "UpstreamReachable", Level = LogLevel.Information, Message = "{Address} can be reached again.")]
        public static partial void Reachable(ILogger logger, string address);
    }
}
