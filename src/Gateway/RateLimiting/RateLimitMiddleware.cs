using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>
/// Lets a request go on if its client may have one more. It stands twice in the pipeline: before the gateway knows who asks, for the
/// policies that needn't, and behind that for the others.
/// </summary>
/// <param name="next">What follows.</param>
/// <param name="limiters">The living limiters.</param>
/// <param name="afterIdentity">Which of both places this is.</param>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiters limiters, bool afterIdentity)
{
    public Task InvokeAsync(HttpContext context) =>
        RequestRecord.Of(context).Policies.RateLimiter is { } policy && policy.NeedsIdentity == afterIdentity && limiters.Find(policy.Name) is { } limiter
            ? EnterAsync(context, limiter)
            : next(context);

    private async Task EnterAsync(HttpContext context, RateLimiter limiter)
    {
        if (await TryEnterAsync(context, limiter) is not { } admission)
        {
            RequestRecord.Of(context).Cause = CallCause.ClientAbort.ToLabel();
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
            return;
        }

        using var place = admission.Place;
        RateLimitFields.Announce(context.Response, admission);
        if (admission.Allowance.IsPermitted)
        {
            await next(context);
        }
        else
        {
            await context.WriteErrorAsync(GatewayError.RateLimited(admission.Allowance.RetryAfter));
        }
    }

    // Null: nobody waits for the answer any more.
    private static async ValueTask<Admission?> TryEnterAsync(HttpContext context, RateLimiter limiter)
    {
        try
        {
            return await limiter.EnterAsync(context);
        }
        catch (OperationCanceledException)
        {
            // Otherwise the route's whole time was spent in the queue.
            return RequestRecord.Of(context).ClientGone.IsCancellationRequested ? null : limiter.Refuse();
        }
    }
}
