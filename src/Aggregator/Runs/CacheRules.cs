using System.Globalization;
using System.Net.Http.Headers;

namespace EventGateway.Aggregator;

/// <summary>The strictest <c>Cache-Control</c> of several answers.</summary>
internal static class CacheRules
{
    public const string NoStore = "no-store";

    private const string StaleIfError = "stale-if-error";

    /// <summary>For everybody: an age only where every part has one, since nothing is known of the others, or where it is 0, since nothing is less.</summary>
    /// <param name="parts">What each answer said; <see langword="null"/> for nothing.</param>
    /// <returns>The header's value; <see langword="null"/> when nothing can be said for all parts.</returns>
    public static string? Strictest(IReadOnlyCollection<CacheControlHeaderValue?> parts) => Merge(parts, ofAll: true);

    /// <summary>For a cache that has a lifetime of its own for what says nothing: an age of any part binds the whole.</summary>
    public static string? Bound(IReadOnlyCollection<CacheControlHeaderValue?> parts) => Merge(parts, ofAll: false);

    private static string? Merge(IReadOnlyCollection<CacheControlHeaderValue?> parts, bool ofAll)
    {
        if (parts.Any(part => part is { NoStore: true }))
        {
            return NoStore;
        }

        var directives = new List<string>();
        var isPrivate = parts.Any(part => part is { Private: true });
        AddIf(!isPrivate && parts.Count > 0 && parts.All(part => part is { Public: true }), "public");
        AddIf(parts.Any(part => part is { NoCache: true }), "no-cache");
        AddIf(isPrivate, "private");
        AddIf(parts.Any(part => part is { MustRevalidate: true }), "must-revalidate");
        AddSeconds("max-age", part => part.MaxAge);

        // A part without s-maxage binds shared caches by its max-age. To them s-maxage is proxy-revalidate as well (RFC 9111 §5.2.2.10), and the whole
        // may be unable to say it.
        var isShared = parts.Any(part => part is { SharedMaxAge: not null }) && AddSeconds("s-maxage", part => part.SharedMaxAge ?? part.MaxAge);
        AddIf(parts.Any(part => part is { ProxyRevalidate: true }) || (!isShared && parts.Any(part => part is { SharedMaxAge: not null })), "proxy-revalidate");
        AddSeconds(StaleIfError, part => PartCaching.SecondsOf(part, StaleIfError));
        return directives.Count == 0 ? null : string.Join(", ", directives);

        void AddIf(bool condition, string directive)
        {
            if (condition)
            {
                directives.Add(directive);
            }
        }

        bool AddSeconds(string directive, Func<CacheControlHeaderValue, TimeSpan?> of)
        {
            var said = parts.Select(part => part is null ? null : of(part)).OfType<TimeSpan>().Select(time => (long)time.TotalSeconds).ToList();
            var isKnown = said.Count > 0 && (!ofAll || said.Count == parts.Count || said.Min() == 0);
            AddIf(isKnown, isKnown ? string.Create(CultureInfo.InvariantCulture, $"{directive}={said.Min()}") : "");
            return isKnown;
        }
    }
}
