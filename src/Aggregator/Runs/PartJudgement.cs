namespace EventGateway.Aggregator;

/// <summary>One call's end: an outcome, and the bytes when it is <see cref="PartOutcome.Success"/>.</summary>
internal readonly record struct PartJudgement(
    PartOutcome Outcome, int? Status = null, TimeSpan? RetryAfter = null, PartBuffer? Buffer = null);
