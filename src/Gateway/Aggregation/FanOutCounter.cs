namespace EventGateway.Gateway.Aggregation;

/// <summary>
/// For how many entries the requests of one aggregation called: one increment each, beside the histogram, which can't be read. Up to 63
/// every number is counted by itself, above in steps of 19 %.
/// </summary>
internal sealed class FanOutCounter
{
    private const int Exact = 64;
    private const int StepsPerDoubling = 4;
    private const int Steps = Exact + (10 * StepsPerDoubling);   // to 65 536

    private readonly long[] _counts = new long[Steps];   // by Interlocked

    public void Add(int fanOut) => Interlocked.Increment(ref _counts[StepOf(fanOut)]);

    /// <summary>What was counted so far.</summary>
    public long[] Read()
    {
        var counts = new long[Steps];
        for (var i = 0; i < Steps; i++)
        {
            counts[i] = Interlocked.Read(ref _counts[i]);
        }

        return counts;
    }

    /// <summary>What happened between two readings; null where nothing did.</summary>
    public static FanOutFigures? Compare(long[]? before, long[] after)
    {
        Span<long> steps = stackalloc long[Steps];
        long all = 0;
        for (var i = 0; i < Steps; i++)
        {
            steps[i] = after[i] - (before?[i] ?? 0);
            all += steps[i];
        }

        return all == 0 ? null : new FanOutFigures(Quantile(steps, (all + 1) / 2), Quantile(steps, all));
    }

    private static int StepOf(int fanOut) =>
        fanOut < Exact ? fanOut : Math.Min(Steps - 1, Exact + (int)(Math.Log2((double)fanOut / Exact) * StepsPerDoubling));

    // The middle of the step in which it lies.
    private static int Quantile(ReadOnlySpan<long> steps, long rank)
    {
        var step = 0;
        for (var seen = steps[0]; seen < rank; seen += steps[step])
        {
            step++;
        }

        return step < Exact ? step : (int)Math.Round(Exact * Math.Pow(2, (step - Exact + 0.5) / StepsPerDoubling));
    }
}

/// <summary>The fan-out of some requests.</summary>
/// <param name="Median">Half of them called for fewer entries, or as many.</param>
/// <param name="Most">None called for more.</param>
internal readonly record struct FanOutFigures(int Median, int Most);
