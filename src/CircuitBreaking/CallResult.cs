using System.Runtime.CompilerServices;

namespace EventGateway.CircuitBreaking;

/// <summary>What became of one permitted call. <c>default</c> is <see cref="Success"/>.</summary>
public readonly record struct CallResult
{
    private CallResult(
        CallOutcome outcome,
        CallCause cause,
        TimeSpan latency = default,
        TimeSpan duration = default,
        int? status = null,
        TimeSpan? retryAfter = null,
        string? traceId = null)
    {
        Outcome = outcome;
        Cause = cause;
        Latency = latency;
        Duration = duration;
        Status = status;
        RetryAfter = retryAfter;
        TraceId = traceId;
    }

    /// <summary>The upstream did its work, and nobody asks how long it took.</summary>
    public static CallResult Success => default;

    /// <summary>The gateway answered by itself; the upstream was not called.</summary>
    public static CallResult NotAttempted => new(CallOutcome.NotAttempted, CallCause.Local);

    /// <summary>What the call says about the upstream.</summary>
    public CallOutcome Outcome { get; }

    /// <summary>Why. <see cref="CallCause.None"/> for a success.</summary>
    public CallCause Cause { get; }

    /// <summary>How long the upstream let the caller wait; zero where it says nothing about the upstream.</summary>
    public TimeSpan Latency { get; }

    /// <summary>How long a failed call took; zero for the other outcomes.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The upstream's status, if a failed call got that far.</summary>
    public int? Status { get; }

    /// <summary>How long the upstream asked to be left alone with a failure, if it did.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The trace in which a failed call can be found, if there is one.</summary>
    public string? TraceId { get; }

    /// <summary>The upstream did its work.</summary>
    /// <param name="latency">How long the upstream let the caller wait: what <see cref="CircuitBreakerOptions.SlowCallDuration"/> is compared with.</param>
    public static CallResult Succeeded(TimeSpan latency) => new(CallOutcome.Success, CallCause.None, latency);

    /// <summary>The call ended for a reason that says nothing about the upstream.</summary>
    /// <param name="cause"><see cref="CallCause.ClientAbort"/> or <see cref="CallCause.GatewayError"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another cause.</exception>
    public static CallResult Ignored(CallCause cause) => new(CallOutcome.Ignored, Possible(CallOutcome.Ignored, cause));

    /// <summary>The upstream did not do its work.</summary>
    /// <param name="cause">
    /// Any cause but <see cref="CallCause.None"/>, <see cref="CallCause.ClientAbort"/> and <see cref="CallCause.Local"/>.
    /// </param>
    /// <param name="duration">How long the call took.</param>
    /// <param name="status">The upstream's status, if the call got that far.</param>
    /// <param name="retryAfter">
    /// How long the upstream asked to be left alone, if it did. Prolongs the wait if this failure opens the breaker, to at most
    /// <see cref="CircuitBreakerOptions.MaxResetTimeout"/>.
    /// </param>
    /// <param name="traceId">The trace in which the call can be found.</param>
    /// <param name="latency">As that of a success. Null: all of <paramref name="duration"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A cause that is not the upstream's failure.</exception>
    public static CallResult Failure(
        CallCause cause, TimeSpan duration, int? status = null, TimeSpan? retryAfter = null, string? traceId = null, TimeSpan? latency = null) =>
        new(CallOutcome.Failure, Possible(CallOutcome.Failure, cause), latency ?? duration, duration, status, retryAfter, traceId);

    // Metrics announce the pairs that can occur before any has: a pair outside the list would be counted and never shown.
    private static CallCause Possible(
        CallOutcome outcome, CallCause cause, [CallerArgumentExpression(nameof(cause))] string? parameter = null) =>
        CircuitCounts.PossibleCalls.Contains((outcome, cause))
            ? cause
            : throw new ArgumentOutOfRangeException(parameter, cause, $"{cause} is no cause of the outcome {outcome}.");
}
