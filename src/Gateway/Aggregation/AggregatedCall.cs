using EventGateway.Aggregator;

namespace EventGateway.Gateway.Aggregation;

/// <summary>What an aggregated request takes along from the plan gate: what it is composed of, and where the calls of each step go.</summary>
internal sealed record AggregatedCall(AggregationPlan Plan, IReadOnlyList<StepTarget> Targets);
