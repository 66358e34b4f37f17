namespace EventGateway.Comparison.Results;

/// <summary>What came out of one scenario.</summary>
/// <param name="Name">The scenario.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Reference">The peer that the others are compared to.</param>
/// <param name="Peers">Those that were there.</param>
/// <param name="UpstreamProcessorMicroseconds">What the upstream itself used for each request of a client.</param>
/// <param name="Others">Share of the machine that went to programs that have nothing to do with it.</param>
internal sealed record ScenarioResult(string Name, string Title, string Reference, IReadOnlyList<PeerResult> Peers, double UpstreamProcessorMicroseconds, double Others)
{
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];

    /// <summary>A peer by its name; null where it wasn't there.</summary>
    public PeerResult? Find(string name) => Peers.FirstOrDefault(peer => peer.Name == name);

    /// <summary>Processor time per request against another peer's.</summary>
    public static Ratio ProcessorRatio(PeerResult peer, PeerResult other) =>
        Statistics.RatioOf([.. peer.Visits.Select(visit => visit.ProcessorMicroseconds)], [.. other.Visits.Select(visit => visit.ProcessorMicroseconds)]);
}
