using System.Net;
using EventGateway.Gateway.Admin;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Management;

/// <summary>
/// The operator's browser can reach this port, and so can every page that it shows. Refuses what such a page sends, and names that were
/// made to point here (DNS rebinding), under which a browser would take the page for ours.
/// </summary>
internal sealed class BrowserGuardMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        IsForeignHost(context) ? context.WriteErrorAsync(GatewayError.ForeignHost)
        : IsFromForeignPage(context.Request) ? context.WriteErrorAsync(GatewayError.ForeignOrigin)
        : next(context);

    // Only a name can be made to point elsewhere. On other interfaces we can't know which names are ours.
    private static bool IsForeignHost(HttpContext context)
    {
        var isLoopback = context.Connection.LocalIpAddress is not { } local || IPAddress.IsLoopback(local);
        var host = context.Request.Host.Host;
        return isLoopback && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(host, out _);
    }

    private static bool IsFromForeignPage(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        return (site is not ("" or "same-origin" or "none") && !IsFollowedLink(request))
            || (origin.Length > 0 && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase));
    }

    // A link on a dashboard may lead to a page of ours, since the page that has the link can't read it. To data it has no reason to lead.
    private static bool IsFollowedLink(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document"
        && !request.Path.StartsWithSegments(AdminEndpoints.Prefix, StringComparison.OrdinalIgnoreCase);
}
