using System.Numerics;

namespace EventGateway.CircuitBreaking;

/// <summary>
/// Numbers that every call passes, a stripe of them per processor: shared ones would make the closed path a queue for one cache line.
/// </summary>
internal sealed class Stripes
{
    private readonly long[][] _all;   // elements by Interlocked

    public Stripes(int length)
    {
        _all = new long[BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)][];
        for (var i = 0; i < _all.Length; i++)
        {
            _all[i] = new long[length];
        }
    }

    public ReadOnlySpan<long[]> All => _all;

    /// <summary>
    /// The stripe of this processor. The thread may move to another in between: then two meet in a stripe, which Interlocked keeps right.
    /// </summary>
    public long[] Here => _all[Thread.GetCurrentProcessorId() & (_all.Length - 1)];
}
