namespace EventGateway.CircuitBreaking;

/// <summary>
/// How many there were within a window that moves on by tenths: the present tenth as far as it has come, and the nine before it. Adding
/// takes no lock and allocates nothing.
/// </summary>
/// <remarks>
/// A cell holds one tenth's count together with the tenth to which it belongs, and both change in one step: nothing is counted twice or in
/// another tenth, and a tenth that begins clears nobody's count. Reading is exact but for what is added during the reading.
/// </remarks>
internal sealed class RollingCount(TimeSpan length)
{
    private const int Tenths = 10;

    // One more than are read: whoever reads by a clock of a moment ago still finds all of his ten when the next has begun.
    private const int Cells = Tenths + 1;

    private readonly Stripes _stripes = new(Cells);   // each: upper half the round of the ring, lower half the count

    public void Add(TimeSpan at, uint number = 1)
    {
        var tenth = TenthOf(at);
        var round = (int)(tenth / Cells);
        ref var cell = ref _stripes.Here[tenth % Cells];
        var seen = Volatile.Read(ref cell);
        while (true)
        {
            // A thread that slept for a whole window has nothing to add. Not simply "newer": rounds of 1 ms wrap after some weeks.
            var ahead = RoundOf(seen) - round;
            if (ahead is > 0 and < 1000)
            {
                return;
            }

            var next = (ahead == 0 ? seen : (long)round << 32) + number;
            var was = Interlocked.CompareExchange(ref cell, next, seen);
            if (was == seen)
            {
                return;
            }

            seen = was;
        }
    }

    public long Total(TimeSpan now)
    {
        var total = 0L;
        var newest = TenthOf(now);
        for (var tenth = OldestBefore(newest); tenth <= newest; tenth++)
        {
            total += CountIn(tenth);
        }

        return total;
    }

    /// <summary>The same for another length. What one tenth has counted moves as if all of it had come when that tenth began.</summary>
    public RollingCount Resized(TimeSpan newLength, TimeSpan now)
    {
        var resized = new RollingCount(newLength);
        var newest = TenthOf(now);
        for (var tenth = OldestBefore(newest); tenth <= newest; tenth++)
        {
            resized.Add(new TimeSpan(tenth * length.Ticks / Tenths), (uint)CountIn(tenth));
        }

        return resized;
    }

    private long CountIn(long tenth)
    {
        var count = 0L;
        foreach (var stripe in _stripes.All)
        {
            var cell = Volatile.Read(ref stripe[tenth % Cells]);
            count += RoundOf(cell) == (int)(tenth / Cells) ? (uint)cell : 0;
        }

        return count;
    }

    private long TenthOf(TimeSpan at) => at.Ticks * Tenths / length.Ticks;

    private static long OldestBefore(long newest) => Math.Max(0, newest - Tenths + 1);

    private static int RoundOf(long cell) => (int)(cell >> 32);
}
