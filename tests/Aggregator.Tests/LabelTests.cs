namespace EventGateway.Aggregator.Tests;

public sealed class LabelTests
{
    [Fact]
    public void ToLabel_EveryOutcome_IsSpelledAsDashboardsKnowIt() => Assert.Equal(
        [
            "success", "not_found", "bad_status", "connect", "transport", "bad_response", "bad_framing", "body", "timeout",
            "too_large", "bad_encoding", "bad_json", "too_deep", "unavailable", "cancelled",
        ],
        Enum.GetValues<PartOutcome>().Select(outcome => outcome.ToLabel()));

    [Fact]
    public void ToLabel_EveryError_IsSpelledAsClientsKnowIt() => Assert.Equal(
        [
            "not_found", "bad_path", "fanout_limit", "bad_item", "bad_shape", "bad_status", "connect", "transport", "bad_response",
            "bad_framing", "body", "too_large", "bad_encoding", "bad_json", "too_deep", "unavailable", "timeout", "cancelled",
        ],
        Enum.GetValues<AggregationError>().Select(error => error.ToLabel()));
}
