namespace EventGateway.CircuitBreaking;

/// <summary>The running totals.</summary>
internal sealed class CircuitCounters
{
    private readonly Stripes _stripes = new(CounterSlot.Count);

    public void Add(int slot) => Interlocked.Increment(ref _stripes.Here[slot]);

    public CircuitCounts Total()
    {
        var totals = new long[CounterSlot.Count];
        foreach (var stripe in _stripes.All)
        {
            for (var slot = 0; slot < totals.Length; slot++)
            {
                totals[slot] += Interlocked.Read(ref stripe[slot]);
            }
        }

        return new CircuitCounts(totals);
    }
}
