using System.Collections.Frozen;
using System.Globalization;
using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Versions;

/// <summary>Compiles <c>Versions</c>, and finds paths that two of them, or something else, claim.</summary>
internal sealed class VersionCompiler(GatewayOptions options, SettingsNode root, ProblemList problems)
{
    // RFC 3986's unreserved characters: with any other, a prefix might be written in several ways.
    private const string OtherCharacters = "-._~";

    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"];

    private readonly DefinedNames _routes = new("route", root, "ReverseProxy", "Routes");
    private readonly DefinedNames _aggregations = new("aggregation", root, nameof(options.Aggregations));
    private readonly DefinedNames _versions = new("version", root, nameof(options.Versions));

    public VersionTable Compile()
    {
        var byPrefix = new Dictionary<string, (string Name, SettingsNode Node)>(StringComparer.OrdinalIgnoreCase);
        var versions = new List<VersionPlan>();
        foreach (var (name, version) in options.Versions)
        {
            var node = root.Find(nameof(options.Versions), name)!;
            if (node[nameof(version.Prefix)] is not { Value: not null } at || string.IsNullOrWhiteSpace(version.Prefix) || !CheckPrefix(at, version.Prefix))
            {
                continue;   // that one is missing has been told
            }

            var prefix = version.Prefix.TrimEnd('/');
            if (!byPrefix.TryAdd(prefix, (name, at)))
            {
                var (other, otherAt) = byPrefix[prefix];
                problems.Error([at.Place, otherAt.Place], $"'{version.Prefix}' is the prefix of version '{other}' already.");
            }

            CheckNames(node[nameof(version.Routes)], _routes);
            CheckNames(node[nameof(version.Aggregations)], _aggregations);
            FindCovered(name, prefix, at);
            var plan = new VersionPlan
            {
                Name = name,
                Prefix = prefix,
                Routes = Members(version.Routes, options.ReverseProxy.Routes.Keys),
                Aggregations = Members(version.Aggregations, options.Aggregations.Keys),
                Deprecation = version.Deprecated is { } deprecated ? Compile(deprecated, node[nameof(version.Deprecated)]!, name) : null,
            };
            versions.Add(plan);
            if (!plan.Members.Any())
            {
                problems.Warn(at.Place, $"nothing belongs to this version: {(prefix.Length == 0 ? "every path without another's prefix" : $"everything below {prefix}")} is a 404.");
            }
        }

        FindCircles();
        return new VersionTable(versions);
    }

    // By the names that they have, however the list writes them: it is these that are counted.
    private static FrozenSet<string> Members(List<string>? listed, IEnumerable<string> all) => all
        .Where(name => listed?.Contains(name, StringComparer.OrdinalIgnoreCase) != false)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Who follows from one to the next would never come to a version that stays.
    private void FindCircles()
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var start in options.Versions.Keys)
        {
            var way = new List<string>();
            var next = start;
            while (next is not null && options.Versions.TryGetValue(next, out var version) && seen.Add(next))
            {
                way.Add(next);
                next = version.Deprecated?.Successor;
            }

            if (way.FindIndex(name => name.Equals(next, StringComparison.OrdinalIgnoreCase)) is var first and >= 0 && way.Count - first > 1)
            {
                var circle = way[first..];
                problems.Error(
                    [.. circle.Select(name => root.Find(nameof(options.Versions), name, nameof(VersionOptions.Deprecated), nameof(DeprecationOptions.Successor))!.Place)],
                    $"the versions {string.Join(", ", circle)} succeed each other in a circle.");
            }
        }
    }

    private bool CheckPrefix(SettingsNode at, string prefix)
    {
        var isPath = prefix == "/" || (prefix.StartsWith('/') && prefix[1..].Split('/').All(IsSegment));
        if (!isPath)
        {
            problems.Error(at, $"'{prefix}' is no prefix, like /v1 or /api/v1; '/' alone stands for the paths as they are written.");
        }

        return isPath;
    }

    private static bool IsSegment(string text) =>
        text is not ("" or "." or "..") && text.All(c => char.IsAsciiLetterOrDigit(c) || OtherCharacters.Contains(c, StringComparison.Ordinal));

    private void CheckNames(SettingsNode? list, DefinedNames names)
    {
        foreach (var (_, item) in list?.Children ?? [])
        {
            if (item.Value is { } name)
            {
                names.Check(item, name, problems);
            }
        }
    }

    // A prefix takes all that is below it. What begins with it by itself would never be asked.
    private void FindCovered(string version, string prefix, SettingsNode at)
    {
        if (prefix.Length == 0)
        {
            return;
        }

        if (EndpointCollisions.OwnPaths.FirstOrDefault(path => Covers(prefix, path)) is { } own)
        {
            problems.Error(at, $"the gateway's own {own} would be out of reach below this prefix.");
        }

        foreach (var (name, route) in options.ReverseProxy.Routes)
        {
            Check("route", name, route.Match?.Path, root.Find("ReverseProxy", "Routes", name, nameof(RouteConfig.Match), nameof(RouteMatch.Path)));
        }

        foreach (var (name, aggregation) in options.Aggregations)
        {
            Check("aggregation", name, aggregation.Match.Path, root.Find(nameof(options.Aggregations), name, "Match", "Path"));
        }

        void Check(string kind, string name, string? path, SettingsNode? node)
        {
            if (path is not null && node is not null && Covers(prefix, path))
            {
                problems.Error(
                    [node.Place, at.Place],
                    $"{kind} '{name}' is unreachable: version '{version}' takes all paths below {prefix}, and looks for what follows.");
            }
        }
    }

    // Patterns may begin without a slash.
    private static bool Covers(string prefix, string path) => new PathString($"/{path.TrimStart('/')}").StartsWithSegments(prefix);

    private DeprecationPlan Compile(DeprecationOptions deprecated, SettingsNode node, string version)
    {
        var since = Read(node[nameof(deprecated.Since)], deprecated.Since);
        var sunset = Read(node[nameof(deprecated.Sunset)], deprecated.Sunset);
        if (sunset < since)
        {
            problems.Error(
                [node.PlaceOf(nameof(deprecated.Sunset)), node.PlaceOf(nameof(deprecated.Since))],
                "Sunset lies before Since: nothing is gone before it is deprecated (RFC 9745).");
        }

        if (deprecated.Link is { } link && !(Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.IsWellFormedOriginalString()))
        {
            problems.Error(node[nameof(deprecated.Link)]!, $"'{link}' is no http or https URL.");
        }

        if (deprecated.Successor is { } successor)
        {
            _versions.Check(node[nameof(deprecated.Successor)]!, successor, problems);
            if (successor.Equals(version, StringComparison.OrdinalIgnoreCase))
            {
                problems.Error(node[nameof(deprecated.Successor)]!, "a version doesn't succeed itself.");
            }
        }

        return new DeprecationPlan(
            since ?? default,   // a problem that has been told
            sunset,
            deprecated.Link is null ? null : $"<{deprecated.Link}>; rel=\"{(sunset is null ? "deprecation" : "deprecation sunset")}\"",
            deprecated.Successor);
    }

    // Null, and a problem, when the text is no date.
    private DateTimeOffset? Read(SettingsNode? node, string? text)
    {
        if (node is null || string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(
            text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
        {
            return date;
        }

        problems.Error(node, $"'{text}' is no date, like 2026-11-01, or time in UTC, like 2026-11-01T12:00:00Z.");
        return null;
    }
}
