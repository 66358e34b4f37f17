namespace EventGateway.Gateway.Versions;

/// <summary>What answers say about a deprecated version, as the fields have it.</summary>
/// <param name="Deprecation">RFC 9745: a date of structured fields.</param>
/// <param name="Sunset">RFC 8594: a date of HTTP.</param>
/// <param name="Link">RFC 8288, of the page that says what to do.</param>
/// <param name="Successor">Name of the version to use instead.</param>
public sealed record DeprecationPlan(string Deprecation, string? Sunset, string? Link, string? Successor);
