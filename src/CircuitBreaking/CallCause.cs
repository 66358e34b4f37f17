namespace EventGateway.CircuitBreaking;

/// <summary>Why a call had its <see cref="CallOutcome"/>.</summary>
public enum CallCause
{
    /// <summary>Nothing to explain: the call succeeded.</summary>
    None,

    /// <summary>The upstream answered with a status that counts as a failure.</summary>
    Status5xx,

    /// <summary>No connection: refused, name not resolved, TLS failed.</summary>
    Connect,

    /// <summary>The connection broke before the response headers.</summary>
    Transport,

    /// <summary>No answer in time, or a probe that did not report in time.</summary>
    Timeout,

    /// <summary>The response body was cut short.</summary>
    Body,

    /// <summary>The response could not be understood.</summary>
    BadResponse,

    /// <summary>The client went away, or its request body failed.</summary>
    ClientAbort,

    /// <summary>The gateway answered by itself.</summary>
    Local,

    /// <summary>The gateway failed: a failure if the call had begun, ignored if not.</summary>
    GatewayError,
}
