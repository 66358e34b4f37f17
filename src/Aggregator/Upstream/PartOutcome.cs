namespace EventGateway.Aggregator;

/// <summary>Every way in which one call can end.</summary>
public enum PartOutcome
{
    /// <summary>A 2xx with one complete JSON value.</summary>
    Success,

    /// <summary>A step that isn't repeated was answered with 404, an empty body or <c>null</c>.</summary>
    NotFound,

    /// <summary>Any other status than 2xx, redirects included.</summary>
    BadStatus,

    /// <summary>No connection: name not resolved, refused, or no TLS session.</summary>
    Connect,

    /// <summary>The connection broke before the headers of an answer came.</summary>
    Transport,

    /// <summary>What came instead of headers isn't HTTP, or more than the client accepts.</summary>
    BadResponse,

    /// <summary>Several <c>Content-Length</c> values that differ, or one that is no number.</summary>
    BadFraming,

    /// <summary>The body ended early or its framing is broken.</summary>
    Body,

    /// <summary>The call's or the aggregation's time ran out.</summary>
    Timeout,

    /// <summary>More bytes than the step or the aggregation allows.</summary>
    TooLarge,

    /// <summary>A charset or content coding that isn't supported, or a coded body that can't be decoded.</summary>
    BadEncoding,

    /// <summary>The body isn't exactly one JSON value in UTF-8.</summary>
    BadJson,

    /// <summary>The JSON value nests deeper than 512 levels.</summary>
    TooDeep,

    /// <summary>The call was not attempted: no destination, or a circuit breaker is open.</summary>
    Unavailable,

    /// <summary>Another part failed or the client left. Says nothing about the upstream.</summary>
    Cancelled,
}
