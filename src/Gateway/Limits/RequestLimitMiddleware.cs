using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Limits;

/// <summary>
/// Lets a request in once there is a place for it. It stands before the plan gate: what has waited is served by the configuration that
/// it finds then. Whoever watches over the gateway isn't kept waiting.
/// </summary>
internal sealed class RequestLimitMiddleware(RequestDelegate next, RequestLimit limit)
{
    private static readonly HashSet<string> Unlimited = new(HealthEndpoints.Paths.Append(TelemetryRegistration.MetricsPath), StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context) =>
        limit.Limiter is { } limiter && !IsWatching(context.Request) ? EnterAsync(context, limiter) : next(context);

    // As the router finds these endpoints; with any other method the path may be a route's.
    private static bool IsWatching(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && Unlimited.Contains(request.Path.Value!.TrimEnd('/'));

    private async Task EnterAsync(HttpContext context, CallLimiter limiter)
    {
        CallPlace? place;
        try
        {
            place = await limiter.EnterAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            RequestRecord.Of(context).Cause = CallCause.ClientAbort.ToLabel();
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
            return;
        }

        using (place)
        {
            await (place is null ? context.WriteErrorAsync(GatewayError.GatewayOverloaded(limiter.Plan.QueueTimeout)) : next(context));
        }
    }
}
