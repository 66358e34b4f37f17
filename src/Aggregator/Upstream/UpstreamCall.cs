namespace EventGateway.Aggregator;

/// <summary>One GET to make.</summary>
/// <param name="step">The step that asks.</param>
/// <param name="path">Encoded path, and perhaps query. Begins with <c>/</c> and has no prefix of a cluster's address.</param>
public sealed class UpstreamCall(StepPlan step, string path)
{
    /// <summary>The step that asks.</summary>
    public StepPlan Step { get; } = step;

    /// <summary>Encoded path, and perhaps query. Begins with <c>/</c> and has no prefix of a cluster's address.</summary>
    public string Path { get; } = path;

    /// <summary>What the upstream that sends it has to remember until <see cref="IUpstream.Finished"/>. Nobody else looks at it.</summary>
    public object? State { get; set; }
}
