namespace EventGateway.Comparison.Results;

/// <summary>The few figures that a verdict rests on.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>
    /// The value that <paramref name="share"/> of all don't exceed; null where there are too few for one to exceed it. <paramref name="sorted"/> is in
    /// ascending order.
    /// </summary>
    public static TimeSpan? Percentile(IReadOnlyList<TimeSpan> sorted, double share) =>
        (int)Math.Ceiling(share * sorted.Count) is var rank && rank > 0 && rank < sorted.Count ? sorted[rank - 1] : null;

    /// <summary>
    /// How <paramref name="values"/> compare to <paramref name="reference"/>, visit by visit: what the machine did to one it did to the other, seconds
    /// apart. Beside the median of these ratios stands the ratio of the least values, which what disturbs can only raise; where the two are far
    /// apart, the machine was too busy to tell.
    /// </summary>
    public static Ratio RatioOf(IReadOnlyList<double> values, IReadOnlyList<double> reference) =>
        values.Count == 0 || reference.Count == 0
            ? new Ratio(double.NaN, double.NaN)
            : new Ratio(Median(values.Zip(reference, (value, other) => value / other)), values.Min() / reference.Min());
}

/// <summary>How one compares to another.</summary>
/// <param name="Median">The median of the ratios of visits that were paired.</param>
/// <param name="Minima">The ratio of the least values.</param>
internal readonly record struct Ratio(double Median, double Minima);
