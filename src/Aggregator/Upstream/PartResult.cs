namespace EventGateway.Aggregator;

/// <summary>What came of one call.</summary>
/// <param name="Outcome">Success, or the way in which it failed.</param>
/// <param name="Status">The upstream's status code; <see langword="null"/> when no headers came.</param>
/// <param name="Duration">From sending until the body was judged, or until the failure.</param>
/// <param name="RetryAfter">How long a failing upstream asked to be left alone; <see langword="null"/> when it didn't say.</param>
public readonly record struct PartResult(PartOutcome Outcome, int? Status, TimeSpan Duration, TimeSpan? RetryAfter);
