using Microsoft.AspNetCore.Routing.Patterns;

namespace EventGateway.Gateway.Configuration;

/// <summary>How the paths of two patterns relate, as far as that is certain.</summary>
internal static class PatternCover
{
    /// <summary>The same text for patterns that differ in nothing but names and case, or in whether their last parameter may be left out.</summary>
    public static string ShapeOf(RoutePattern pattern) => string.Join('/', pattern.PathSegments.Select(Shape));

    /// <summary>The same text for patterns that differ in their constraints as well, but not in whether there are any.</summary>
    public static string OutlineOf(RoutePattern pattern) => string.Join('/', pattern.PathSegments.Select(s => Shape(s, _ => "")));

    /// <summary>Whether two patterns of one outline may match the same path; false only if that is certain.</summary>
    public static bool MayMeet(RoutePattern one, RoutePattern other) => one.Parameters.Zip(other.Parameters).All(pair =>
        (MayBeMissing(one, pair.First) && MayBeMissing(other, pair.Second)) || !ParameterTexts.Of(pair.First).Excludes(ParameterTexts.Of(pair.Second)));

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
    private static string Shape(RoutePatternPathSegment segment) => Shape(segment, policy => policy.Content!);

    private static string Shape(RoutePatternPathSegment segment, Func<RoutePatternParameterPolicyReference, string> constraint) =>
        string.Concat(segment.Parts.Select(part => Shape(part, segment, constraint)));

    private static string Shape(RoutePatternPart part, RoutePatternPathSegment segment, Func<RoutePatternParameterPolicyReference, string> constraint) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter =>
            $"{{{(parameter.IsCatchAll ? "**" : "")}{(parameter.IsOptional && !segment.IsSimple ? "?" : "")}"
                + $"{string.Concat(parameter.ParameterPolicies.Select(p => ":" + constraint(p)).Distinct())}}}",
        _ => "",
    };

    // A parameter alone in its segment, which takes any text.
    private static bool IsFree(RoutePatternPathSegment segment, out RoutePatternParameterPart parameter)
    {
        parameter = segment.Parts[0] as RoutePatternParameterPart ?? null!;
        return segment.IsSimple && parameter is { ParameterPolicies.Count: 0 };
    }

    private static bool IsCatchAll(RoutePatternPathSegment segment) => segment.Parts.Any(part => part is RoutePatternParameterPart { IsCatchAll: true });

    private static bool MayBeMissing(RoutePattern pattern, RoutePatternPathSegment segment) =>
        segment.IsSimple && segment.Parts[0] is RoutePatternParameterPart parameter && (parameter.IsCatchAll || MayBeMissing(pattern, parameter));

    private static bool MayBeMissing(RoutePattern pattern, RoutePatternParameterPart parameter) =>
        parameter.IsOptional || pattern.Defaults.ContainsKey(parameter.Name);
}
