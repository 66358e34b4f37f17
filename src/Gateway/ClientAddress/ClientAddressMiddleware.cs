using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.ClientAddress;

/// <summary>Finds out who the client is, and under which scheme and host it came, before anything depends on it.</summary>
internal sealed class ClientAddressMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        // A listener for both protocols has IPv4 clients in IPv6's form. Upstreams, logs and limits shall know one form of an address.
        if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
        {
            context.Connection.RemoteIpAddress = mapped.MapToIPv4();
        }

        live.Current.TrustedProxies?.Apply(context);
        return next(context);
    }
}
