using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Puts a timer behind the request's own cancellation on routes with an <see cref="AttemptTimeout"/>, as the framework does for the
/// whole time. The transforms, which see an attempt begin and its headers come, start and stop it.
/// </summary>
internal sealed class AttemptTimeoutMiddleware(RequestDelegate next, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<AttemptTimeout>() is { } timeout ? LimitAsync(context, timeout) : next(context);

    private async Task LimitAsync(HttpContext context, AttemptTimeout timeout)
    {
        var requestAborted = context.RequestAborted;
        using var timer = new AttemptTimer(timeout.Duration, time, requestAborted);
        RequestRecord.Of(context).Call!.Attempt = timer;
        context.RequestAborted = timer.Token;
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = requestAborted;
        }
    }
}
