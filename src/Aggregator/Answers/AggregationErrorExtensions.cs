using System.Diagnostics;

namespace EventGateway.Aggregator;

/// <summary>The codes under which errors are shown and counted.</summary>
public static class AggregationErrorExtensions
{
    /// <summary>The error in snake_case, for error bodies, metrics and logs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't one of the enumeration.</exception>
    public static string ToLabel(this AggregationError error) => error switch
    {
        AggregationError.NotFound => "not_found",
        AggregationError.BadPath => "bad_path",
        AggregationError.FanoutLimit => "fanout_limit",
        AggregationError.BadItem => "bad_item",
        AggregationError.BadShape => "bad_shape",
        AggregationError.BadStatus => "bad_status",
        AggregationError.Connect => "connect",
        AggregationError.Transport => "transport",
        AggregationError.BadResponse => "bad_response",
        AggregationError.BadFraming => "bad_framing",
        AggregationError.Body => "body",
        AggregationError.TooLarge => "too_large",
        AggregationError.BadEncoding => "bad_encoding",
        AggregationError.BadJson => "bad_json",
        AggregationError.TooDeep => "too_deep",
        AggregationError.Unavailable => "unavailable",
        AggregationError.Timeout => "timeout",
        AggregationError.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };

    internal static AggregationError ToError(this PartOutcome outcome) => outcome switch
    {
        PartOutcome.NotFound => AggregationError.NotFound,
        PartOutcome.BadStatus => AggregationError.BadStatus,
        PartOutcome.Connect => AggregationError.Connect,
        PartOutcome.Transport => AggregationError.Transport,
        PartOutcome.BadResponse => AggregationError.BadResponse,
        PartOutcome.BadFraming => AggregationError.BadFraming,
        PartOutcome.Body => AggregationError.Body,
        PartOutcome.Timeout => AggregationError.Timeout,
        PartOutcome.TooLarge => AggregationError.TooLarge,
        PartOutcome.BadEncoding => AggregationError.BadEncoding,
        PartOutcome.BadJson => AggregationError.BadJson,
        PartOutcome.TooDeep => AggregationError.TooDeep,
        PartOutcome.Unavailable => AggregationError.Unavailable,
        PartOutcome.Cancelled => AggregationError.Cancelled,
        _ => throw new UnreachableException($"{outcome} is no failure."),
    };
}
