namespace EventGateway.Gateway.Http1;

/// <summary>
/// Connections that wait for their next call. A thread takes those first that it has added: it is the one that hears of what comes over them, so that a request stays with one
/// thread and its processor. The last in is the first out, so that those grow old that nobody needs.
/// </summary>
internal sealed class IdleConnections
{
    private static readonly int Count = Environment.ProcessorCount;
    private static int _threads;   // that were here

    [ThreadStatic]
    private static int _own;       // of this thread, from 1

    private readonly Stack[] _stacks = [.. Enumerable.Range(0, Count).Select(_ => new Stack())];

    private static int Own => (_own = _own > 0 ? _own : (Interlocked.Increment(ref _threads) % Count) + 1) - 1;

    public void Add(Http1Connection connection) => _stacks[Own].Add(connection);

    public Http1Connection? Take()
    {
        var own = Own;
        if (_stacks[own].Take() is { } connection)
        {
            return connection;
        }

        for (var i = 1; i < _stacks.Length; i++)
        {
            if (_stacks[(own + i) % _stacks.Length].Take() is { } foreign)
            {
                return foreign;
            }
        }

        return null;
    }

    /// <summary>Takes all for which that holds.</summary>
    public IReadOnlyCollection<Http1Connection> TakeAll(Predicate<Http1Connection> condition) => [.. _stacks.SelectMany(stack => stack.TakeAll(condition))];

    private sealed class Stack
    {
        private readonly Lock _gate = new();
        private readonly List<Http1Connection> _connections = [];   // guarded by _gate

        public void Add(Http1Connection connection)
        {
            lock (_gate)
            {
                _connections.Add(connection);
            }
        }

        public Http1Connection? Take()
        {
            lock (_gate)
            {
                if (_connections.Count == 0)
                {
                    return null;
                }

                var last = _connections[^1];
                _connections.RemoveAt(_connections.Count - 1);
                return last;
            }
        }

        public List<Http1Connection> TakeAll(Predicate<Http1Connection> condition)
        {
            lock (_gate)
            {
                var taken = new List<Http1Connection>();
                _connections.RemoveAll(connection =>
                {
                    var isTaken = condition(connection);
                    if (isTaken)
                    {
                        taken.Add(connection);
                    }

                    return isTaken;
                });
                return taken;
            }
        }
    }
}
