using EventGateway.Gateway.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Reads the path of a target in absolute form (RFC 9112 §3.2.2) as any other is read. Kestrel leaves it to <see cref="Uri"/>, to which <c>%2F</c> and
/// a backslash are slashes: the route would be found for another path than the one that goes to the upstream.
/// </summary>
internal sealed class AbsoluteFormMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/') || !target.Contains("://", StringComparison.Ordinal))
        {
            return next(context);
        }

        var path = RawPath.Of(context);
        if (RawPath.HasDotSegment(path) || RawPath.IsAmbiguous(path))
        {
            return context.WriteErrorAsync(GatewayError.BadPath);
        }

#pragma warning disable CA2234 // of all ways to a path this one decodes as Kestrel does otherwise: everything but %2F
        context.Request.Path = PathString.FromUriComponent(path.ToString());
#pragma warning restore CA2234
        return next(context);
    }
}
