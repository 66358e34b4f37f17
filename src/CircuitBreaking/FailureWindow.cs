namespace EventGateway.CircuitBreaking;

/// <summary>
/// When the last few failures were: the queue is a ring of as many as the threshold asks for. Knows no states and no lock:
/// guarded by the gate of the breaker that owns it.
/// </summary>
internal sealed class FailureWindow
{
    private readonly Queue<TimeSpan> _times = [];   // oldest first

    /// <summary>Adds a failure; true if it and its predecessors reach the threshold within the length, both ends included.</summary>
    public bool Add(TimeSpan now, int threshold, TimeSpan length)
    {
        while (_times.Count >= threshold)   // more than once after the threshold was lowered
        {
            _times.Dequeue();
        }

        _times.Enqueue(now);
        return _times.Count == threshold && now - _times.Peek() <= length;
    }

    public int Count(TimeSpan now, TimeSpan length) => _times.Count(t => now - t <= length);

    public void Clear() => _times.Clear();
}
