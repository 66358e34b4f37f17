namespace EventGateway.MockUpstream.Control;

/// <summary>What arrived at the event API: a count per endpoint, and the last requests in full.</summary>
internal sealed class RequestLog(TimeProvider time)
{
    private const int Kept = 100;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);   // guarded by _gate
    private readonly Queue<ArrivedRequest> _last = new(Kept);                                // guarded by _gate

    /// <param name="endpoint">Method and route, never the path as it came: callers must not be able to make the counts grow.</param>
    /// <param name="request">The request as it came.</param>
    public void Add(string endpoint, HttpRequest request)
    {
        var arrived = ArrivedRequest.From(request, time.GetUtcNow());
        lock (_gate)
        {
            _counts[endpoint] = _counts.GetValueOrDefault(endpoint) + 1;
            if (_last.Count == Kept)
            {
                _last.Dequeue();
            }

            _last.Enqueue(arrived);
        }
    }

    public RequestReport Report()
    {
        lock (_gate)
        {
            return new RequestReport(new Dictionary<string, long>(_counts), [.. _last]);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _counts.Clear();
            _last.Clear();
        }
    }
}
