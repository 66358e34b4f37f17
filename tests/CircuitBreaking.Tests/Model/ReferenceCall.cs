namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>A permitted call, as the reference sees it.</summary>
internal sealed class ReferenceCall
{
    public TimeSpan? LeaseEnds { get; init; }   // null unless it is a probe

    public TimeSpan LeaseLength { get; init; }

    public bool IsUncounted { get; init; }   // passed while disabled

    public bool IsUnjudged { get; init; }   // passed under metrics only, and would have been rejected

    public bool IsLate { get; set; }

    public bool HasExpired { get; set; }
}
