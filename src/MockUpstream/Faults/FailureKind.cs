namespace EventGateway.MockUpstream.Faults;

/// <summary>What a call gets that fails.</summary>
internal enum FailureKind
{
    /// <summary>The connection is reset, without an answer.</summary>
    Reset,

    /// <summary>An error status with a JSON body.</summary>
    Status,

    /// <summary>Nothing arrives, and the connection stays open.</summary>
    StallHeaders,

    /// <summary>Headers and half of the body arrive, and the connection stays open.</summary>
    StallBody,

    /// <summary>Headers and half of the body arrive, then the connection is closed.</summary>
    Truncate,

    /// <summary>Bytes that aren't HTTP arrive, then the connection is closed.</summary>
    Garbage,
}
