namespace EventGateway.Aggregator;

/// <summary>The names under which outcomes are counted.</summary>
public static class PartOutcomeExtensions
{
    /// <summary>The outcome in snake_case, for metrics and logs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't one of the enumeration.</exception>
    public static string ToLabel(this PartOutcome outcome) => outcome switch
    {
        PartOutcome.Success => "success",
        PartOutcome.NotFound => "not_found",
        PartOutcome.BadStatus => "bad_status",
        PartOutcome.Connect => "connect",
        PartOutcome.Transport => "transport",
        PartOutcome.BadResponse => "bad_response",
        PartOutcome.BadFraming => "bad_framing",
        PartOutcome.Body => "body",
        PartOutcome.Timeout => "timeout",
        PartOutcome.TooLarge => "too_large",
        PartOutcome.BadEncoding => "bad_encoding",
        PartOutcome.BadJson => "bad_json",
        PartOutcome.TooDeep => "too_deep",
        PartOutcome.Unavailable => "unavailable",
        PartOutcome.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
