using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing.Patterns;

namespace EventGateway.Gateway.OpenApi;

/// <summary>The router's pattern as OpenAPI writes paths: without constraints and defaults.</summary>
/// <param name="Text">As in <c>/files/{path}</c>.</param>
/// <param name="Parameters">The placeholders by their names there, in their order.</param>
internal sealed partial record ApiPath(string Text, IReadOnlyList<(string Name, RoutePatternParameterPart Part)> Parameters)
{
    /// <summary>The same for paths that differ in nothing but the names of their placeholders: OpenAPI takes such paths for one.</summary>
    public string Shape { get; } = Parameters.Aggregate(Text, static (text, parameter) => text.Replace($"{{{parameter.Name}}}", "{}", StringComparison.Ordinal));

    /// <summary>The whole path first, then what is left of it without the parts at its end that a request may leave out: OpenAPI has no such parts.</summary>
    public static IEnumerable<ApiPath> AllOf(string prefix, string? pattern)
    {
        var parsed = RoutePatternFactory.Parse(pattern is null or "" ? "/{**path}" : pattern);
        var names = new Dictionary<RoutePatternPart, string>();
        foreach (var parameter in parsed.Parameters)
        {
            names[parameter] = NameFor(parameter.Name, names.Values);
        }

        var segments = parsed.PathSegments.Select(segment => segment.Parts.ToList()).ToList();
        yield return Of();
        while (segments is [.., [.., RoutePatternParameterPart { IsCatchAll: false } last] segment] && (last.IsOptional || (segment.Count == 1 && last.Default is not null)))
        {
            if (segment.Count == 1)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else
            {
                segment.RemoveRange(segment.Count - 2, 2);   // with the dot before it
            }

            yield return Of();
        }

        ApiPath Of() => new(
            $"{prefix}/{string.Join('/', segments.Select(segment => string.Concat(segment.Select(TextOf))))}",
            [.. segments.SelectMany(segment => segment).OfType<RoutePatternParameterPart>().Select(part => (names[part], part))]);

        string TextOf(RoutePatternPart part) => part switch
        {
            RoutePatternParameterPart => $"{{{names[part]}}}",
            RoutePatternLiteralPart literal => Literal(literal.Content),
            RoutePatternSeparatorPart separator => separator.Content,
            _ => "",
        };
    }

    // Braces stand for placeholders, and nothing escapes them but a client's own escapes.
    private static string Literal(string text) =>
        text.Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal);

    // Tools know names of ASCII only. What a placeholder is called matters to no client.
    private static string NameFor(string name, IReadOnlyCollection<string> taken)
    {
        var plain = NotOfNames().Replace(name, "_");
        for (var (candidate, n) = (plain, 2); ; candidate = $"{plain}{n++}")
        {
            if (!taken.Contains(candidate, StringComparer.OrdinalIgnoreCase))
            {
                return candidate;
            }
        }
    }

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NotOfNames();
}
