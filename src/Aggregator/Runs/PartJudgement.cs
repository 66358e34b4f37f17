namespace EventGateway.Aggregator;

/// <summary>One call's end: an outcome, and the bytes when it is <see cref="PartOutcome.Success"/>. No struct: each task that it passes through would hold all of it.</summary>
internal sealed record PartJudgement(
    PartOutcome Outcome, int? Status = null, TimeSpan? RetryAfter = null, PartBuffer? Buffer = null);
