namespace EventGateway.Gateway.Status;

/// <summary>
/// The finished requests of one route or aggregation, by whether they failed and how long they took. One increment each, so that it
/// can count while nobody looks: whoever opens the page during an incident wants to see how it began.
/// </summary>
internal sealed class RouteCounter
{
    private const double Shortest = 0.125;       // ms; what is shorter counts as this
    private const int StepsPerDoubling = 4;      // a step is 19 % wide
    private const int Steps = 20 * StepsPerDoubling;   // to 131 s

    private readonly long[] _counts = new long[2 * Steps];   // by Interlocked; first those that went well, then those that failed

    public void Add(TimeSpan took, bool failed) => Interlocked.Increment(ref _counts[StepOf(took.TotalMilliseconds) + (failed ? Steps : 0)]);

    /// <summary>What was counted so far.</summary>
    public long[] Read()
    {
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Interlocked.Read(ref _counts[i]);
        }

        return counts;
    }

    /// <summary>What happened between two readings that lie <paramref name="elapsed"/> apart.</summary>
    public static RouteFigures Compare(long[] before, long[] after, TimeSpan elapsed)
    {
        Span<long> steps = stackalloc long[Steps];
        long failed = 0;
        long all = 0;
        for (var i = 0; i < Steps; i++)
        {
            var failures = after[i + Steps] - before[i + Steps];
            steps[i] = after[i] - before[i] + failures;
            failed += failures;
            all += steps[i];
        }

        var seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        return all == 0
            ? new RouteFigures(0, null, null, null)
            : new RouteFigures(Math.Round(all / seconds, 3), (double)failed / all, Quantile(steps, all, 0.5), Quantile(steps, all, 0.99));
    }

    private static int StepOf(double milliseconds) =>
        milliseconds <= Shortest ? 0 : Math.Min(Steps - 1, (int)(Math.Log2(milliseconds / Shortest) * StepsPerDoubling));

    // The middle of the step in which it lies.
    private static double Quantile(ReadOnlySpan<long> steps, long all, double share)
    {
        var rank = (long)Math.Ceiling(all * share);
        var step = 0;
        for (var seen = steps[0]; seen < rank; seen += steps[step])
        {
            step++;
        }

        return Math.Round(Shortest * Math.Pow(2, (step + 0.5) / StepsPerDoubling), 3);
    }
}

/// <summary>A stretch of a route's time.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="Errors">Share of them that failed, 0 to 1; null where there were none.</param>
/// <param name="P50">Median duration in milliseconds; null where there were none.</param>
/// <param name="P99">What 99 of 100 stayed below, in milliseconds; null where there were none.</param>
internal readonly record struct RouteFigures(double Rate, double? Errors, double? P50, double? P99);
