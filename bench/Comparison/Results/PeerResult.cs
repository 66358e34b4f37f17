using System.Text.Json.Serialization;

namespace EventGateway.Comparison.Results;

/// <summary>What came out for one peer in one scenario.</summary>
/// <param name="Name">The peer.</param>
/// <param name="Visits">What it did each time, in the order of the rounds.</param>
internal sealed record PeerResult(string Name, IReadOnlyList<Visit> Visits)
{
    public double RequestsPerSecond => Statistics.Median(Visits.Select(visit => visit.RequestsPerSecond));

    public double ProcessorMicroseconds => Statistics.Median(Visits.Select(visit => visit.ProcessorMicroseconds));

    public double? AllocatedPerRequest => Visits.All(visit => visit.Allocated is not null) ? Statistics.Median(Visits.Select(visit => visit.AllocatedPerRequest!.Value)) : null;

    /// <summary>Resident bytes after the last visit, children included.</summary>
    public long Rss { get; init; }

    /// <summary>The same, what is shared divided among those who share it.</summary>
    public long Pss { get; init; }

    /// <summary>Requests per second at which times were taken; null: as many as were answered, one after the other on each connection.</summary>
    public double? Rate { get; init; }

    public double? P50Microseconds => Microseconds(0.5);

    public double? P90Microseconds => Microseconds(0.9);

    public double? P99Microseconds => Microseconds(0.99);

    public double? P999Microseconds => Microseconds(0.999);

    public int Unexpected => Visits.Sum(visit => visit.Unexpected);

    /// <summary>How long answers took, in ascending order.</summary>
    [JsonIgnore]
    public IReadOnlyList<TimeSpan> Times { get; init; } = [];

    private double? Microseconds(double share) => Statistics.Percentile(Times, share)?.TotalMicroseconds;
}
