using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Versions;

/// <summary>Finds out of which version a request's path speaks, before the router sees the rest of it.</summary>
internal sealed class VersionMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        RequestRecord.Of(context).Version = live.Current.Versions.Enter(context.Request);
        return next(context);
    }
}
