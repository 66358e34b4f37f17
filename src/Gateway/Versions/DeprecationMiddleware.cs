using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Versions;

/// <summary>Tells who still uses a deprecated version that it is, and counts them, so that an operator knows when nobody does.</summary>
internal sealed class DeprecationMiddleware(RequestDelegate next, LiveConfiguration live, DeprecationMetrics metrics)
{
    private const string Deprecation = "Deprecation";
    private const string Sunset = "Sunset";

    public Task InvokeAsync(HttpContext context)
    {
        var record = RequestRecord.Of(context);
        if (record is { Version: { Deprecation: { } plan } version } && record.Route != RequestRecord.NoRoute)
        {
            metrics.Used(version.Name, record.Route);

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
                new Fields(context.Response.Headers, plan, new StringValues([.. LinksOf(context, plan)])));
        }

        return next(context);
    }

    private IEnumerable<string> LinksOf(HttpContext context, DeprecationPlan plan)
    {
        if (plan.Link is { } page)
        {
            yield return page;
        }

        // The same path over there, where there is one. A client that asks with dot segments or worse has no such path.
        var path = RawPath.BelowVersion(context);
        if (plan.Successor is { } name && live.Current.Versions.Find(name) is { } successor && successor.Has(context.GetEndpoint()!) && !RawPath.HasDotSegment(path))
        {
            yield return $"<{successor.Prefix}{RawPath.Escape(path)}>; rel=\"successor-version\"";
        }
    }

    private sealed record Fields(IHeaderDictionary Headers, DeprecationPlan Plan, StringValues Links);
}
