namespace EventGateway.Aggregator;

/// <summary>Every way in which a whole aggregation can fail. The host chooses the status: 502 where none is given.</summary>
public enum AggregationError
{
    /// <summary>404: a step that isn't repeated found nothing.</summary>
    NotFound,

    /// <summary>400: a parameter of the path is no acceptable id.</summary>
    BadPath,

    /// <summary>More entries than <see cref="StepOptions.MaxItems"/>.</summary>
    FanoutLimit,

    /// <summary>The list has an entry that is no acceptable id.</summary>
    BadItem,

    /// <summary>The answer has no place for the list, or something other than a list is there.</summary>
    BadShape,

    /// <summary>See <see cref="PartOutcome.BadStatus"/>.</summary>
    BadStatus,

    /// <summary>See <see cref="PartOutcome.Connect"/>.</summary>
    Connect,

    /// <summary>See <see cref="PartOutcome.Transport"/>.</summary>
    Transport,

    /// <summary>See <see cref="PartOutcome.BadResponse"/>.</summary>
    BadResponse,

    /// <summary>See <see cref="PartOutcome.BadFraming"/>.</summary>
    BadFraming,

    /// <summary>See <see cref="PartOutcome.Body"/>.</summary>
    Body,

    /// <summary>A part or the whole answer has more bytes than allowed.</summary>
    TooLarge,

    /// <summary>See <see cref="PartOutcome.BadEncoding"/>.</summary>
    BadEncoding,

    /// <summary>See <see cref="PartOutcome.BadJson"/>.</summary>
    BadJson,

    /// <summary>See <see cref="PartOutcome.TooDeep"/>.</summary>
    TooDeep,

    /// <summary>503: a call was not attempted.</summary>
    Unavailable,

    /// <summary>504: a call or the whole aggregation is out of time.</summary>
    Timeout,

    /// <summary>The client left: nobody is there to be answered.</summary>
    Cancelled,
}
