using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.ClientAddress;

/// <summary>Finds out who the client is, and under which scheme and host it came, before anything depends on it.</summary>
internal sealed class ClientAddressMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        live.Current.TrustedProxies?.Apply(context);
        return next(context);
    }
}
