using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Versions;

/// <summary>
/// Tells who still uses a deprecated version that it is, and counts them, so that an operator knows when nobody does. It stands before all that refuses
/// requests: who asks in the wrong way asks for the same.
/// </summary>
internal sealed class DeprecationMiddleware(RequestDelegate next, LiveConfiguration live, DeprecationMetrics metrics)
{
    private const string Deprecation = "Deprecation";
    private const string Sunset = "Sunset";

    public Task InvokeAsync(HttpContext context)
    {
        if (RequestRecord.Of(context).Version is { Deprecation: { } plan } version && context.GetEndpoint() is { } endpoint && IsOf(version, endpoint, context))
        {
            if (VersionPlan.NameOf(endpoint) is { } name)
            {
                metrics.Used(version.Name, name);
            }

            // At the last moment: an error clears the headers, and an upstream may have a word of its own.
            context.Response.OnStarting(
                static state =>
                {
                    var (headers, plan, links) = (Fields)state;
                    headers[Deprecation] = plan.Deprecation;
                    if (plan.Sunset is { } sunset)
                    {
                        headers[Sunset] = sunset;
                    }

                    headers.Link = StringValues.Concat(headers.Link, links);
                    return Task.CompletedTask;
                },
                new Fields(context.Response.Headers, plan, new StringValues([.. LinksOf(context, endpoint, plan)])));
        }

        return next(context);
    }

    // The router's 405 says of a path only that something is there. The gateway's own pages have no versions.
    private static bool IsOf(VersionPlan version, Endpoint endpoint, HttpContext context) => version.Has(endpoint)
        && (VersionPlan.NameOf(endpoint) is not null
            || (endpoint is not RouteEndpoint && !EndpointCollisions.OwnPaths.Contains(context.Request.Path.Value, StringComparer.OrdinalIgnoreCase)));

    private IEnumerable<string> LinksOf(HttpContext context, Endpoint endpoint, DeprecationPlan plan)
    {
        if (plan.Link is { } page)
        {
            yield return page;
        }

        // The same path over there, where there is one. A client that asks with dot segments or worse has no such path.
        var path = RawPath.BelowVersion(context);
        if (plan.Successor is { } name && live.Current.Versions.Find(name) is { } successor
            && VersionPlan.NameOf(endpoint) is not null && successor.Has(endpoint) && !RawPath.HasDotSegment(path) && !RawPath.IsAmbiguous(path))
        {
            yield return $"<{successor.Prefix}{RawPath.Escape(path)}>; rel=\"successor-version\"";
        }
    }

    private sealed record Fields(IHeaderDictionary Headers, DeprecationPlan Plan, StringValues Links);
}
