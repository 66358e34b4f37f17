using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Versions;

/// <summary>Finds out of which version a request's path speaks, before the router sees the rest of it.</summary>
internal sealed class VersionMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (live.Current.Versions.Enter(context.Request) is { } version)
        {
            RequestRecord.Of(context).Version = version;
        }

        return next(context);
    }
}
