using System.Globalization;
using EventGateway.Comparison.Peers;

namespace EventGateway.Guard;

/// <summary>What one request, or one call of a library, may allocate.</summary>
/// <param name="What">The request or call, for people.</param>
/// <param name="Measured">Bytes that it allocated when the budget was set.</param>
/// <param name="Rounds">Measures again and again what one of them allocates.</param>
internal sealed record Budget(string What, double Measured, Func<Site, CancellationToken, IAsyncEnumerable<double>> Rounds)
{
    // The same program differs by less, and a small GET that allocates 200 bytes more by more.
    private const double Room = 0.05;

    // What the runtime and the gateway's own clocks allocate meanwhile, divided among the requests: on a busy machine these are few per second.
    // Enough for what allocates nothing to stay below, and never for an object in each call: the smallest has 24 bytes.
    private const double Besides = 12;

    /// <summary>What it must not exceed.</summary>
    public double Limit => (Measured * (1 + Room)) + Besides;

    /// <summary>With less than that the budget is to be set anew: nobody would see it when what was won is lost again.</summary>
    public double Low => (Measured * (1 - Room)) - Besides;

    /// <summary>
    /// The least of a few rounds: some are too dear, by connections that are made and, of libraries, by code that isn't compiled for good yet, and none too
    /// cheap. There are no more of them than it takes to be within the budget.
    /// </summary>
    public async Task<Finding> MeasureAsync(Site site, CancellationToken cancellationToken)
    {
        var least = double.MaxValue;
        await foreach (var round in Rounds(site, cancellationToken))
        {
            least = Math.Min(least, round);
            if (least <= Limit)
            {
                break;
            }
        }

        return new Finding(this, least);
    }
}

/// <summary>What came out.</summary>
/// <param name="Budget">What was allowed.</param>
/// <param name="Bytes">What it allocated.</param>
internal readonly record struct Finding(Budget Budget, double Bytes)
{
    public bool IsWithin => Bytes <= Budget.Limit;

    /// <summary>The line for it.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture,
        $"{Budget.What,-40} {Bytes,6:0} bytes, {Budget.Measured,6:0} when its budget was set, {Budget.Limit,6:0} at most: {Outcome}");

    private string Outcome => IsWithin ? Bytes < Budget.Low ? "less, set it anew" : "ok" : "TOO MANY";
}
