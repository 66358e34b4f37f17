using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Proxying;

/// <summary>Was it the upstream's fault? The only place that knows how HTTP and YARP spell the answer.</summary>
internal static class UpstreamVerdict
{
    public static Verdict Judge(ProxiedCall call, ForwarderError error, Exception? exception, StatusSet failureStatuses)
    {
        if (call.Status is { } status && failureStatuses.Contains(status))
        {
            // The status alone proves it, whatever became of the body.
            return new(CallOutcome.Failure, CallCause.Status5xx);
        }

        if (error == ForwarderError.None)
        {
            return call.Status is null ? NotAttempted : new(CallOutcome.Success, CallCause.None);
        }

        if (error is ForwarderError.NoAvailableDestinations)
        {
            return NotAttempted;
        }

        if (error is ForwarderError.RequestCreation or ForwarderError.ResponseHeaders)
        {
            return OfException(exception, call.Attempted);
        }

        if (call.TimedOut)
        {
            return call.ClientWasSlow ? new(CallOutcome.Ignored, CallCause.ClientAbort) : new(CallOutcome.Failure, CallCause.Timeout);
        }

        if (call is { Status: StatusCodes.Status101SwitchingProtocols, ClientLeft: false } && error == ForwarderError.UpgradeResponseClient)
        {
            return new(CallOutcome.Failure, CallCause.BadResponse);   // nobody had asked to switch
        }

        return call.ClientLeft || IsClientSide(error)
            ? new(CallOutcome.Ignored, CallCause.ClientAbort)
            : new(CallOutcome.Failure, CauseOf(error, exception));
    }

    /// <summary>The same for a part of an aggregation.</summary>
    public static Verdict Of(PartResult result, StatusSet failureStatuses)
    {
        if (result.Status is { } status && failureStatuses.Contains(status))
        {
            return new(CallOutcome.Failure, CallCause.Status5xx);
        }

        return result.Outcome switch
        {
            // What is too much for us is none of the upstream's failures.
            PartOutcome.Success or PartOutcome.NotFound or PartOutcome.BadStatus or PartOutcome.TooLarge or PartOutcome.TooDeep
                => new(CallOutcome.Success, CallCause.None),
            PartOutcome.Connect => new(CallOutcome.Failure, CallCause.Connect),
            PartOutcome.Transport => new(CallOutcome.Failure, CallCause.Transport),
            PartOutcome.Timeout => new(CallOutcome.Failure, CallCause.Timeout),
            PartOutcome.Body => new(CallOutcome.Failure, CallCause.Body),
            PartOutcome.Cancelled => new(CallOutcome.Ignored, CallCause.ClientAbort),
            PartOutcome.Unavailable => NotAttempted,
            _ => new(CallOutcome.Failure, CallCause.BadResponse),   // it answered, with something that is no answer
        };
    }

    /// <summary>An exception of the gateway itself: before the call began it says nothing about the upstream.</summary>
    public static Verdict OfException(Exception? exception, bool attempted) => exception switch
    {
        // The upstream sent header fields that can't be passed on.
        InvalidOperationException or FormatException or ArgumentException when attempted => new(CallOutcome.Failure, CallCause.BadResponse),
        _ => new(attempted ? CallOutcome.Failure : CallOutcome.Ignored, CallCause.GatewayError),
    };

    public static Verdict NotAttempted => new(CallOutcome.NotAttempted, CallCause.Local);

    private static bool IsClientSide(ForwarderError error) => error is
        ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient or
        ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient;

    private static CallCause CauseOf(ForwarderError error, Exception? exception) => error switch
    {
        ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled => CallCause.Timeout,
        ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeActivityTimeout => CallCause.Timeout,
        // Nobody left, and yet it was cancelled: by the idle timer, since the upstream stalled in the middle of its body.
        ForwarderError.ResponseBodyDestination => exception is OperationCanceledException ? CallCause.Timeout : CallCause.Body,
        ForwarderError.Request => CauseOf(exception),
        _ => CallCause.Transport,
    };

    /// <summary>Why no answer came, as far as the HTTP client says.</summary>
    public static CallCause CauseOf(Exception? exception) => exception switch
    {
        OperationCanceledException => CallCause.Timeout,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError,
        } => CallCause.Connect,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded,
        } => CallCause.BadResponse,
        _ => CallCause.Transport,
    };
}
