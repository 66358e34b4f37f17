using EventGateway.Gateway.Management;

namespace EventGateway.Gateway.Status;

/// <summary><c>/status</c>: what an operator looks at first. <c>/status/events</c>: what the page shows, as server-sent events.</summary>
internal static class StatusEndpoints
{
    public const string Page = "/status";

    private const string Events = "/status/events";

    private static readonly WebPage Document = WebPage.Of("Status", "status");

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(Page, [HttpMethods.Get, HttpMethods.Head], static context => Document.WriteAsync(context.Response)).DisableHttpMetrics();
        endpoints.MapMethods(Events, [HttpMethods.Get], static context => WriteEventsAsync(context)).DisableHttpMetrics();
    }

    private static async Task WriteEventsAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";   // nginx would collect them
        try
        {
            await foreach (var part in context.RequestServices.GetRequiredService<StatusFeed>().WatchAsync(context.RequestAborted))
            {
                await response.Body.WriteAsync(part, context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page was closed.
        }
    }
}
