using System.Net.Sockets;

namespace EventGateway.Gateway.Health;

/// <summary>What is known about one address: whether it can be reached, and when we last saw proof of it.</summary>
internal sealed partial class UpstreamAddress(string address, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private readonly Uri _uri = new(address);
    private readonly Lock _gate = new();
    private Task _connect = Task.CompletedTask;   // guarded by _gate
    private DateTimeOffset _unreachableSince;     // guarded by _gate
    private volatile State _state;                // written under _gate, read anywhere
    private long _seenAt;                         // a timestamp, by Volatile

    private enum State
    {
        Unknown,
        Reachable,
        Unreachable,
    }

    /// <summary>Takes note of proof. Called for every call to the upstream: the usual case is two reads and a write.</summary>
    public void Learn(bool reachable)
    {
        Volatile.Write(ref _seenAt, time.GetTimestamp());
        var state = reachable ? State.Reachable : State.Unreachable;
        if (_state != state)
        {
            Change(state);
        }
    }

    /// <summary>Null while it can be reached. Finds out by itself when what it knows is old.</summary>
    public async Task<DateTimeOffset?> UnreachableSinceAsync()
    {
        await RefreshAsync();
        lock (_gate)
        {
            return _state == State.Unreachable ? _unreachableSince : null;
        }
    }

    private void Change(State state)
    {
        lock (_gate)
        {
            if (state == State.Unreachable && _state != State.Unreachable)
            {
                _unreachableSince = time.GetUtcNow();
                Log.Unreachable(logger, address);
            }
            else if (state == State.Reachable && _state == State.Unreachable)
            {
                Log.Reachable(logger, address);
            }

            _state = state;
        }
    }

    // Whoever asks meanwhile shares the one connect that is under way.
    private Task RefreshAsync()
    {
        lock (_gate)
        {
            var fresh = _state != State.Unknown && time.GetElapsedTime(Volatile.Read(ref _seenAt)) < Fresh;
            return !_connect.IsCompleted || fresh ? _connect : _connect = Task.Run(ConnectAsync);
        }
    }

    private async Task ConnectAsync()
    {
        using var timeout = new CancellationTokenSource(ConnectTimeout, time);
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

    private static partial class Log
    {
        [LoggerMessage(EventId = 511, EventName = "UpstreamUnreachable", Level = LogLevel.Warning, Message = "Nothing answers at {Address}; calls to it fail.")]
        public static partial void Unreachable(ILogger logger, string address);

        [LoggerMessage(EventId = 512, EventName = "UpstreamReachable", Level = LogLevel.Information, Message = "{Address} can be reached again.")]
        public static partial void Reachable(ILogger logger, string address);
    }
}
