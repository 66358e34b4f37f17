namespace EventGateway.Comparison.Results;

/// <summary>What a peer did while it had the machine for a moment.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Unexpected">Those with another status than they should have.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="ProcessorSeconds">Processor time of the peer and its children.</param>
/// <param name="Allocated">Bytes that it allocated; null where nobody can tell.</param>
internal sealed record Visit(int Requests, int Unexpected, double Seconds, double ProcessorSeconds, long? Allocated)
{
    public double ProcessorMicroseconds => ProcessorSeconds * 1e6 / Requests;

    public double RequestsPerSecond => Requests / Seconds;

    public double? AllocatedPerRequest => (double?)Allocated / Requests;
}
