namespace EventGateway.Aggregator;

/// <summary>One GET to make.</summary>
/// <param name="Step">The step that asks.</param>
/// <param name="Path">Encoded path, and perhaps query. Begins with <c>/</c> and has no prefix of a cluster's address.</param>
public readonly record struct UpstreamCall(StepPlan Step, string Path);
