using System.Globalization;

namespace EventGateway.Gateway.Versions;

/// <summary>What answers say about a deprecated version, as the fields have it.</summary>
/// <param name="Since">Since when, or from when on, the version is deprecated.</param>
/// <param name="SunsetAt">From when on it may be gone; null where nobody knows.</param>
/// <param name="Link">RFC 8288, of the page that says what to do.</param>
/// <param name="Successor">Name of the version to use instead.</param>
public sealed record DeprecationPlan(DateTimeOffset Since, DateTimeOffset? SunsetAt, string? Link, string? Successor)
{
    /// <summary>RFC 9745: a date of structured fields.</summary>
    public string Deprecation { get; } = string.Create(CultureInfo.InvariantCulture, $"@{Since.ToUnixTimeSeconds()}");

    /// <summary>RFC 8594: a date of HTTP.</summary>
    public string? Sunset { get; } = SunsetAt?.ToString("R", CultureInfo.InvariantCulture);
}
