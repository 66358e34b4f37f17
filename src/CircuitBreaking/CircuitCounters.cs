using System.Numerics;

namespace EventGateway.CircuitBreaking;

/// <summary>
/// The running totals. Every call passes here, so each processor counts in a stripe of its own: one shared counter would make the
/// closed path a queue for one cache line.
/// </summary>
internal sealed class CircuitCounters
{
    private readonly long[][] _stripes;   // elements by Interlocked

    public CircuitCounters()
    {
        _stripes = new long[BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)][];
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new long[CounterSlot.Count];
        }
    }

    public void Add(int slot)
    {
        // The thread may move to another processor in between: then two meet in a stripe, which Interlocked keeps right.
        var stripe = _stripes[Thread.GetCurrentProcessorId() & (_stripes.Length - 1)];
        Interlocked.Increment(ref stripe[slot]);
    }

    public CircuitCounts Total()
    {
        var totals = new long[CounterSlot.Count];
        foreach (var stripe in _stripes)
        {
            for (var slot = 0; slot < totals.Length; slot++)
            {
                totals[slot] += Interlocked.Read(ref stripe[slot]);
            }
        }

        return new CircuitCounts(totals);
    }
}
