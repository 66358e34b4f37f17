namespace EventGateway.Gateway.Retries;

/// <summary>Why a call is made again.</summary>
internal enum RetryReason
{
    /// <summary>No connection, or one that broke before the first byte of an answer.</summary>
    Connect,

    /// <summary>The answer's status is one of the policy's.</summary>
    Status,
}
