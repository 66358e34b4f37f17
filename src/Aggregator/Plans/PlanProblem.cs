namespace EventGateway.Aggregator;

/// <summary>Something in an aggregation's options that can't work.</summary>
/// <param name="Path">Where it is, relative to the aggregation: <c>Steps:1:ForEach</c>.</param>
/// <param name="Message">What is wrong, for the operator.</param>
public sealed record PlanProblem(string Path, string Message);
