using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// A WebSocket over HTTP/2 is opened by CONNECT (RFC 8441 §5), for what over HTTP/1.1 is a GET. It is routed as that GET: otherwise a route that takes
/// GET, and all that it asks of its clients, would be passed by for a wider one.
/// </summary>
internal static class ExtendedConnect
{
    private const string WebSocket = "websocket";

    public static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
        && string.Equals(connect.Protocol, WebSocket, StringComparison.OrdinalIgnoreCase);

    /// <summary>To be called before routing.</summary>
    public static void BeginAsGet(HttpContext context)
    {
        if (HttpMethods.IsConnect(context.Request.Method) && IsWebSocket(context))
        {
            context.Request.Method = HttpMethods.Get;
        }
    }

    /// <summary>To be called once the request has its route: YARP knows such a request by its method.</summary>
    public static void GoOnAsConnect(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) && IsWebSocket(context))
        {
            context.Request.Method = HttpMethods.Connect;
        }
    }
}
