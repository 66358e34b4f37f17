namespace EventGateway.Gateway.Status;

/// <summary><c>/status</c>: what an operator looks at first. <c>/status/events</c>: what the page shows, as server-sent events.</summary>
internal static class StatusEndpoints
{
    public const string Page = "/status";

    private const string Events = "/status/events";

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(Page, [HttpMethods.Get, HttpMethods.Head], static context => WritePageAsync(context.Response)).DisableHttpMetrics();
        endpoints.MapMethods(Events, [HttpMethods.Get], static context => WriteEventsAsync(context)).DisableHttpMetrics();
    }

    private static Task WritePageAsync(HttpResponse response)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = StatusPage.Document.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = StatusPage.ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        return HttpMethods.IsHead(response.HttpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(StatusPage.Document).AsTask();
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
