using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Https;

/// <summary>
/// Sends requests for routes and aggregations that came over HTTP to the HTTPS port, with method and body (308). Health and metrics answer over
/// both: orchestrators have no use for certificates.
/// </summary>
internal sealed class HttpsRedirectMiddleware(RequestDelegate next, LiveConfiguration live, IServer server)
{
    private const int DefaultPort = 443;

    // Known once the server has started, which is before the first request.
    private readonly Lazy<int?> _port = new(() =>
        HttpsListener.AddressIn(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses) is { } address ? BindingAddress.Parse(address).Port : null);

    public Task InvokeAsync(HttpContext context) =>
        live.Current.Https.RedirectFromHttp && !context.Request.IsHttps && RequestRecord.Of(context).Route != RequestRecord.NoRoute && _port.Value is { } port
            ? RedirectAsync(context, port)
            : next(context);

    private static Task RedirectAsync(HttpContext context, int port)
    {
        var host = context.Request.Host;
        var target = RawPath.Of(context).ToString();
        if (!host.HasValue || !target.StartsWith('/'))
        {
            return context.WriteErrorAsync(GatewayError.HttpsRequired);
        }

        // The target as the client wrote it: a decoded one would lead elsewhere.
        var to = port == DefaultPort ? new HostString(host.Host) : new HostString(host.Host, port);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status308PermanentRedirect;
        response.Headers.Location = $"https://{to.ToUriComponent()}{target.Replace("#", "%23", StringComparison.Ordinal)}{context.Request.QueryString.Value}";
        response.Headers.CacheControl = "no-store";   // permanent, but not beyond the operator's next edit
        response.ContentLength = 0;
        response.SetSecurityHeaders();
        return Task.CompletedTask;
    }
}
