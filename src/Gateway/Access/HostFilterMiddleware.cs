using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Access;

/// <summary>
/// Refuses requests for hosts that aren't ours, where the configuration says which are. Health and metrics answer under any name: orchestrators
/// ask for them by address.
/// </summary>
internal sealed class HostFilterMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        var hosts = live.Current.AllowedHosts;
        return hosts.Count == 0 || RequestRecord.Of(context).Route == RequestRecord.NoRoute || HostString.MatchesAny(context.Request.Host.Host, hosts)
            ? next(context)
            : context.WriteErrorAsync(GatewayError.Misdirected);
    }
}
