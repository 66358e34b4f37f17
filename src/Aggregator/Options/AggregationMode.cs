namespace EventGateway.Aggregator;

/// <summary>What a failed part does to the answer.</summary>
public enum AggregationMode
{
    /// <summary>The first failure cancels the other calls and becomes the answer.</summary>
    FailFast,

    /// <summary>A failed part becomes <c>null</c>; the answer fails only when nothing useful is left of it.</summary>
    Partial,
}
