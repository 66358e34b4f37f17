namespace EventGateway.CircuitBreaking;

/// <summary>The last few of something. Guarded by the gate of the breaker that owns it.</summary>
internal sealed class RecentHistory<T>(int capacity)
{
    private readonly Queue<T> _items = new(capacity);   // oldest first

    public void Add(T item)
    {
        if (_items.Count == capacity)
        {
            _items.Dequeue();
        }

        _items.Enqueue(item);
    }

    public IReadOnlyList<T> NewestFirst() => [.. _items.Reverse()];
}
