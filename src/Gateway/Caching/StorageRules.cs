using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Caching;

/// <summary>How an answer may be kept.</summary>
/// <param name="Lifetime">How long it is fresh, from now on.</param>
/// <param name="StaleFor">How long after that it may serve where the upstream fails.</param>
/// <param name="Age">How old it was when it came.</param>
/// <param name="VaryBy">Request headers that make another answer, as the upstream says; in one order, whatever the upstream's.</param>
internal sealed record Storage(TimeSpan Lifetime, TimeSpan StaleFor, TimeSpan Age, IReadOnlyList<string> VaryBy);

/// <summary>May an answer be kept, and for how long? The only place that knows RFC 9111 and RFC 5861.</summary>
internal static class StorageRules
{
    private const string EventStream = "text/event-stream";
    private const string StaleIfError = "stale-if-error";

    /// <summary>Null where it may not.</summary>
    public static Storage? Judge(HttpResponse response, OutputCachePlan plan, bool withCredentials, DateTimeOffset now)
    {
        var headers = response.Headers;
        var cacheControl = new CacheControlHeaderValue();
        if (response.StatusCode != StatusCodes.Status200OK
            || response.ContentLength > plan.Options.MaxBodySize
            || headers.SetCookie.Count > 0
            || response.ContentType?.StartsWith(EventStream, StringComparison.OrdinalIgnoreCase) == true
            || (headers.CacheControl.Count > 0 && !CacheControlHeaderValue.TryParse(headers.CacheControl.ToString(), out cacheControl))
            || cacheControl!.NoStore || cacheControl.Private || cacheControl.NoCache
            || (withCredentials && !plan.Options.VaryByCaller && !cacheControl.Public)
            || VaryBy(headers) is not { } varyBy)
        {
            return null;
        }

        var age = TimeSpan.FromSeconds(HeaderUtilities.TryParseNonNegativeInt32(headers.Age.ToString(), out var seconds) ? seconds : 0);
        var lifetime = plan.Duration;
        if ((cacheControl.SharedMaxAge ?? cacheControl.MaxAge ?? Until(headers, now)) is { } allowed)
        {
            lifetime = Min(lifetime, allowed - age);
        }

        return lifetime <= TimeSpan.Zero ? null : new(lifetime, StaleFor(cacheControl, plan), age, varyBy);
    }

    // RFC 9111 §4.2.4: what has to be asked for again can't be served stale, whatever happens.
    private static TimeSpan StaleFor(CacheControlHeaderValue cacheControl, OutputCachePlan plan)
    {
        if (cacheControl.MustRevalidate || cacheControl.ProxyRevalidate || cacheControl.SharedMaxAge is not null)
        {
            return TimeSpan.Zero;
        }

        var said = cacheControl.Extensions.FirstOrDefault(extension => extension.Name.Equals(StaleIfError, StringComparison.OrdinalIgnoreCase));
        return said is not null && HeaderUtilities.TryParseNonNegativeInt32(HeaderUtilities.RemoveQuotes(said.Value), out var seconds)
            ? Min(plan.Options.StaleIfError, TimeSpan.FromSeconds(seconds))
            : plan.Options.StaleIfError;
    }

    // RFC 9111 §5.3: what can't be read is a time in the past.
    private static TimeSpan? Until(IHeaderDictionary headers, DateTimeOffset now)
    {
        if (headers.Expires.Count == 0)
        {
            return null;
        }

        var date = HeaderUtilities.TryParseDate(headers.Date.ToString(), out var sent) ? sent : now;
        return HeaderUtilities.TryParseDate(headers.Expires.ToString(), out var expires) ? expires - date : TimeSpan.Zero;
    }

    private static string[]? VaryBy(IHeaderDictionary headers)
    {
        var names = headers.Vary.ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name.ToLowerInvariant())
            .ToHashSet();
        if (headers.ContentEncoding.Count > 0)
        {
            names.Add("accept-encoding");   // said or not: who can't decode it must not get it
        }

        return names.Contains("*") ? null : [.. names.Order(StringComparer.Ordinal)];
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
