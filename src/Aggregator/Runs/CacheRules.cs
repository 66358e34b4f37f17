using System.Globalization;
using System.Net.Http.Headers;

namespace EventGateway.Aggregator;

/// <summary>The strictest <c>Cache-Control</c> of several answers.</summary>
internal static class CacheRules
{
    public const string NoStore = "no-store";

    /// <param name="parts">What each answer said; <see langword="null"/> for nothing.</param>
    /// <returns>The header's value; <see langword="null"/> when nothing can be said for all parts.</returns>
    public static string? Strictest(IReadOnlyCollection<CacheControlHeaderValue?> parts)
    {
        if (parts.Any(part => part is { NoStore: true }))
        {
            return NoStore;
        }

        var directives = new List<string>();
        AddIf(parts.Any(part => part is { NoCache: true }), "no-cache");
        AddIf(parts.Any(part => part is { Private: true }), "private");
        AddIf(parts.Any(part => part is { MustRevalidate: true }), "must-revalidate");
        AddAge("max-age", part => part.MaxAge);
        if (parts.Any(part => part is { SharedMaxAge: not null }))
        {
            // A part without s-maxage binds shared caches by its max-age.
            AddAge("s-maxage", part => part.SharedMaxAge ?? part.MaxAge);
        }

        return directives.Count == 0 ? null : string.Join(", ", directives);

        void AddIf(bool condition, string directive)
        {
            if (condition)
            {
                directives.Add(directive);
            }
        }

        void AddAge(string directive, Func<CacheControlHeaderValue, TimeSpan?> ageOf)
        {
            if (parts.Count > 0 && parts.All(part => part is not null && ageOf(part) is not null))
            {
                var seconds = parts.Min(part => (long)ageOf(part!)!.Value.TotalSeconds);
                directives.Add(string.Create(CultureInfo.InvariantCulture, $"{directive}={seconds}"));
            }
        }
    }
}
