namespace EventGateway.CircuitBreaking;

/// <summary>What a permitted call says about the upstream.</summary>
public enum CallOutcome
{
    /// <summary>The upstream did its work.</summary>
    Success,

    /// <summary>The upstream did not do its work.</summary>
    Failure,

    /// <summary>The call ended for a reason that says nothing about the upstream. Never counts as a success.</summary>
    Ignored,

    /// <summary>The call never reached the upstream. Never counts as a success.</summary>
    NotAttempted,
}
