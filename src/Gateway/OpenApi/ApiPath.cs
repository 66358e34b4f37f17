using Microsoft.AspNetCore.Routing.Patterns;

namespace EventGateway.Gateway.OpenApi;

/// <summary>The router's pattern as OpenAPI writes paths: without constraints, defaults and what may be left out.</summary>
/// <param name="Text">As in <c>/files/{path}</c>.</param>
/// <param name="Parameters">The placeholders, in their order.</param>
internal sealed record ApiPath(string Text, IReadOnlyList<RoutePatternParameterPart> Parameters)
{
    /// <summary>The same for paths that differ in nothing but the names of their placeholders: OpenAPI takes such paths for one.</summary>
    public string Shape { get; } = Parameters.Aggregate(Text, static (text, parameter) => text.Replace($"{{{parameter.Name}}}", "{}", StringComparison.Ordinal));

    public static ApiPath Of(string prefix, string? pattern)
    {
        var parsed = RoutePatternFactory.Parse(pattern is null or "" ? "/{**path}" : pattern);
        var segments = parsed.PathSegments.Select(segment => string.Concat(segment.Parts.Select(TextOf)));
        return new ApiPath($"{prefix}/{string.Join('/', segments)}", parsed.Parameters);
    }

    private static string TextOf(RoutePatternPart part) => part switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => "",
    };
}
