using EventGateway.Aggregator;
using EventGateway.Gateway.Proxying;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Caching;

/// <summary>How an answer may be kept.</summary>
/// <param name="Lifetime">How long it is fresh, from now on.</param>
/// <param name="StaleFor">How long after that it may serve where the upstream fails.</param>
/// <param name="Age">How old it was when it came.</param>
/// <param name="VaryBy">Request headers that make another answer, as the upstream says; in one order, whatever the upstream's.</param>
internal sealed record Storage(TimeSpan Lifetime, TimeSpan StaleFor, TimeSpan Age, IReadOnlyList<string> VaryBy);

/// <summary>What an answer says to the gateway's own cache, where that is more than it may say to everybody.</summary>
internal sealed record SharedCacheControl(string? Value);

/// <summary>May an answer be kept, and for how long? The only place that knows RFC 9111 and RFC 5861.</summary>
internal static class StorageRules
{
    private const string EventStream = "text/event-stream";
    private const string StaleIfError = "stale-if-error";

    /// <summary>Null where it may not.</summary>
    public static Storage? Judge(HttpResponse response, OutputCachePlan plan, bool withCredentials, DateTimeOffset now)
    {
        var headers = response.Headers;
        var said = response.HttpContext.Features.Get<SharedCacheControl>() is { } shared ? shared.Value ?? "" : headers.CacheControl.ToString();
        var cacheControl = new CacheControlHeaderValue();
        if (response.StatusCode != StatusCodes.Status200OK
            || response.ContentLength > plan.Options.MaxBodySize
            || headers.SetCookie.Count > 0
            || response.ContentType?.StartsWith(EventStream, StringComparison.OrdinalIgnoreCase) == true
            || (said.Length > 0 && !CacheControlHeaderValue.TryParse(DeltaSeconds.Clamp(said), out cacheControl))
            || cacheControl!.NoStore || cacheControl.Private || cacheControl.NoCache
            || (withCredentials && !plan.Options.VaryByCaller && !cacheControl.Public)
            || VaryBy(headers) is not { } varyBy)
        {
            return null;
        }

        var date = HeaderUtilities.TryParseDate(headers.Date.ToString(), out var sent) ? sent : (DateTimeOffset?)null;
        var age = AnswerAge.Of(DeltaSeconds.Parse(headers.Age.ToString()), date, now);
        var lifetime = plan.Duration;
        if ((cacheControl.SharedMaxAge ?? cacheControl.MaxAge ?? Until(headers, date ?? now)) is { } allowed)
        {
            lifetime = Min(lifetime, allowed - age);
        }

        return lifetime <= TimeSpan.Zero ? null : new(lifetime, StaleFor(cacheControl, plan), age, varyBy);
    }

    /// <summary>
    /// Whether an answer that may not be kept says that an older one no longer holds. Of the other client errors each is about the request that got
    /// it, and a server error is what an older answer may stand in for.
    /// </summary>
    public static bool Overrules(int status) =>
        status is < StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound
            or StatusCodes.Status410Gone or StatusCodes.Status451UnavailableForLegalReasons;

    // RFC 9111 §4.2.4: what has to be asked for again can't be served stale, whatever happens.
    private static TimeSpan StaleFor(CacheControlHeaderValue cacheControl, OutputCachePlan plan)
    {
        if (cacheControl.MustRevalidate || cacheControl.ProxyRevalidate || cacheControl.SharedMaxAge is not null)
        {
            return TimeSpan.Zero;
        }

        var said = cacheControl.Extensions.FirstOrDefault(extension => extension.Name.Equals(StaleIfError, StringComparison.OrdinalIgnoreCase));
        return DeltaSeconds.Parse(HeaderUtilities.RemoveQuotes(said?.Value ?? default).ToString()) is { } seconds
            ? Min(plan.Options.StaleIfError, seconds)
            : plan.Options.StaleIfError;
    }

    // RFC 9111 §5.3: what can't be read is a time in the past.
    private static TimeSpan? Until(IHeaderDictionary headers, DateTimeOffset date) => headers.Expires.Count == 0 ? null
        : HeaderUtilities.TryParseDate(headers.Expires.ToString(), out var expires) ? expires - date
        : TimeSpan.Zero;

    // Where the upstream sees another value than the client's, the client's can't tell answers apart.
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

        return names.Contains("*") || names.Any(ForeignHeaders.IsMade) ? null : [.. names.Order(StringComparer.Ordinal)];
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
