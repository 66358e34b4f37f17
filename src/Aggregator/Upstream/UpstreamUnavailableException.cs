namespace EventGateway.Aggregator;

/// <summary>The call was not attempted: the cluster has no destination for it, or its circuit breaker is open.</summary>
public sealed class UpstreamUnavailableException : Exception
{
    /// <summary>Creates the exception with a general message.</summary>
    public UpstreamUnavailableException()
        : this("The upstream is unavailable.")
    {
    }

    /// <summary>Creates the exception. The message is for logs; it isn't shown to clients.</summary>
    public UpstreamUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause. The message is for logs; it isn't shown to clients.</summary>
    public UpstreamUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>When trying again may help. Default: not known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
