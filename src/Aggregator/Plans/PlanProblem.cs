namespace EventGateway.Aggregator;

/// <summary>Something in an aggregation's options that can't work.</summary>
/// <param name="Path">Where it is, relative to the aggregation: <c>Steps:1:ForEach</c>.</param>
/// <param name="Message">What is wrong, for the operator.</param>
public sealed record PlanProblem(string Path, string Message)
{
    /// <summary>The name that stands for nothing, if that is the problem.</summary>
    public string? Unknown { get; init; }

    /// <summary>The names that could stand in the place of <see cref="Unknown"/>.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    /// <summary>The other of two values that contradict each other.</summary>
    public string? OtherPath { get; init; }

    /// <summary>
    /// Whether it is about how keys fit together, rather than about one value: if others of them couldn't be read, it may be no
    /// more than a consequence.
    /// </summary>
    public bool IsRelation { get; init; }
}
