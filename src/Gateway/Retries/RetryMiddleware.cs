using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Retries;

/// <summary>
/// Runs the rest of the proxy pipeline again for a read that failed. Each attempt is a call of its own to everything behind this: breaker, places,
/// health, metrics and traces. A client never sees two answers: the next attempt begins with the response as the first one found it.
/// </summary>
internal sealed class RetryMiddleware(RequestDelegate next, Retrying retrying)
{
    public Task InvokeAsync(HttpContext context) =>
        RequestRecord.Of(context) is { Policies.Retry: not null } record && IsBareRead(context) && retrying.Begin(record) is { } call
            ? AttemptAsync(context, call, record)
            : next(context);

    // A body could be sent only once.
    private static bool IsBareRead(HttpContext context) =>
        IsRead(context.Request.Method) && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    /// <summary>The methods that may be tried again: they only ask.</summary>
    internal static IReadOnlyList<string> Reads { get; } = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options];

    internal static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private async Task AttemptAsync(HttpContext context, RetriedCall call, RequestRecord record)
    {
        var proxy = context.GetReverseProxyFeature();
        var (available, before) = (proxy.AvailableDestinations, new ResponseBefore(context, record));

        // With affinity it isn't for the gateway to send a client elsewhere.
        var pinned = proxy.Cluster.Config.SessionAffinity is { Enabled: true };
        record.Retried = call;
        while (true)
        {
            await next(context);
            if (!call.GoesOn && !(Unanswered(record, context) is { } cause && call.TryAfter(cause, GuardOf(context))))
            {
                return;
            }

            call.Tried(proxy.ProxiedDestination);
            before.Restore();
            var inTime = await WaitAsync(call, context.RequestAborted);
            if (!inTime)
            {
                await GiveUpAsync(context, record);
                return;
            }

            proxy.AvailableDestinations = pinned ? available : call.Others(available);
            proxy.ProxiedDestination = null;
        }
    }

    /// <summary>The breaker that guards the request's route, if one does.</summary>
    internal static Guard? GuardOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<Guard>();

    // Why no answer came, where the upstream is to blame and the client is still waiting.
    private static CallCause? Unanswered(RequestRecord record, HttpContext context) =>
        !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested
        && record.Call is { Attempted: true, Status: null, ClientLeft: false, Verdict: { Outcome: CallOutcome.Failure } verdict }
            ? verdict.Cause
            : null;

    private static async Task<bool> WaitAsync(RetriedCall call, CancellationToken cancellationToken)
    {
        try
        {
            await call.WaitAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static Task GiveUpAsync(HttpContext context, RequestRecord record)
    {
        if (!record.ClientGone.IsCancellationRequested)
        {
            return context.WriteErrorAsync(GatewayError.GatewayTimeout);   // the route's whole time is over
        }

        record.Cause = CallCause.ClientAbort.ToLabel();
        context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
        return Task.CompletedTask;
    }
}
