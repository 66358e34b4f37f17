using Microsoft.AspNetCore.Routing.Patterns;

namespace EventGateway.Gateway.Configuration;

/// <summary>How the paths of two patterns relate, as far as that is certain.</summary>
internal static class PatternCover
{
    /// <summary>Whether the patterns differ in nothing but names and case, or in whether their last parameter may be left out.</summary>
    public static bool AreSame(RoutePattern one, RoutePattern other) =>
        one.PathSegments.Count == other.PathSegments.Count && one.PathSegments.Zip(other.PathSegments).All(pair => Shape(pair.First) == Shape(pair.Second));

    /// <summary>Whether <paramref name="wide"/> matches every path that <paramref name="narrow"/> does.</summary>
    public static bool Covers(RoutePattern wide, RoutePattern narrow)
    {
        for (var i = 0; i < wide.PathSegments.Count; i++)
        {
            var segment = wide.PathSegments[i];
            if (IsFree(segment, out var parameter) && parameter.IsCatchAll)
            {
                return true;   // the rest, be it empty or long
            }

            if (i >= narrow.PathSegments.Count)
            {
                return Enumerable.Range(i, wide.PathSegments.Count - i).All(rest => MayBeMissing(wide, wide.PathSegments[rest]));
            }

            var other = narrow.PathSegments[i];
            if (Shape(segment) == Shape(other) ? MayBeMissing(narrow, other) && !MayBeMissing(wide, segment)
                : !IsFree(segment, out _) || IsCatchAll(other) || (MayBeMissing(narrow, other) && !MayBeMissing(wide, segment)))
            {
                return false;
            }
        }

        return wide.PathSegments.Count >= narrow.PathSegments.Count;
    }

    // What a segment looks like to the router, for which parameters have no name and letters no case.
    private static string Shape(RoutePatternPathSegment segment) => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter =>
            $"{{{(parameter.IsCatchAll ? "**" : "")}{(parameter.IsOptional && !segment.IsSimple ? "?" : "")}"
                + $"{string.Concat(parameter.ParameterPolicies.Select(p => ":" + p.Content))}}}",
        _ => "",
    }));

    // A parameter alone in its segment, which takes any text.
    private static bool IsFree(RoutePatternPathSegment segment, out RoutePatternParameterPart parameter)
    {
        parameter = segment.Parts[0] as RoutePatternParameterPart ?? null!;
        return segment.IsSimple && parameter is { ParameterPolicies.Count: 0 };
    }

    private static bool IsCatchAll(RoutePatternPathSegment segment) => segment.Parts.Any(part => part is RoutePatternParameterPart { IsCatchAll: true });

    private static bool MayBeMissing(RoutePattern pattern, RoutePatternPathSegment segment) =>
        segment.IsSimple && segment.Parts[0] is RoutePatternParameterPart parameter
        && (parameter.IsOptional || parameter.IsCatchAll || pattern.Defaults.ContainsKey(parameter.Name));
}
