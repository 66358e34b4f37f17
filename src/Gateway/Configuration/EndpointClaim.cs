using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Configuration;

/// <summary>The requests that one endpoint matches, and how it stands to others that match them too.</summary>
internal sealed record EndpointClaim(string Owner, SettingsNode? Node, string Path, RoutePattern Pattern)
{
    public int Order { get; private init; }

    /// <summary>The same for patterns that differ in nothing but names and case.</summary>
    public string Shape { get; } = PatternCover.ShapeOf(Pattern);

    /// <summary>The same for patterns that differ in their constraints, too.</summary>
    public string Outline { get; } = PatternCover.OutlineOf(Pattern);

    private IReadOnlyList<string> Methods { get; init; } = [];   // none: any

    private IReadOnlyList<string> Hosts { get; init; } = [];   // none: any

    private List<string> Headers { get; init; } = [];   // conditions, all of which must hold

    private List<string> Queries { get; init; } = [];

    /// <summary>Null, and a problem, when the path is no pattern.</summary>
    public static EndpointClaim? Read(string owner, SettingsNode? node, string path, ProblemList problems) =>
        PathPattern.Read(path, node, problems) is { } pattern ? new EndpointClaim(owner, node, path, pattern) : null;

    public EndpointClaim NarrowedTo(IReadOnlyList<string> methods) => this with { Methods = methods is [] ? [HttpMethods.Get] : methods };

    public EndpointClaim NarrowedTo(RouteConfig route) => this with
    {
        Order = route.Order ?? 0,
        Methods = route.Match.Methods ?? [],
        Hosts = route.Match.Hosts ?? [],
        // A condition without a name has been told as a mistake.
        Headers = [.. (route.Match.Headers ?? []).Select(h => Condition(h.Name ?? "", $"{h.Mode} {h.IsCaseSensitive}", h.Values))],
        Queries = [.. (route.Match.QueryParameters ?? []).Select(q => Condition(q.Name ?? "", $"{q.Mode} {q.IsCaseSensitive}", q.Values))],
    };

    /// <summary>Whether this goes before <paramref name="other"/> for all of <paramref name="requests"/>, which are some of the other's.</summary>
    public bool AlwaysBeats(EndpointClaim other, EndpointClaim requests) => Rank.CompareTo(other.Rank) < 0 && Covers(requests);

    /// <summary>
    /// The requests for which neither goes before the other; null if there are none for certain. With different shapes they are only some of these.
    /// </summary>
    public EndpointClaim? Tie(EndpointClaim other)
    {
        var (methods, hosts) = (Common(Methods, other.Methods), Common(Hosts, other.Hosts));
        var headers = Headers.Union(other.Headers).ToList();
        var queries = Queries.Union(other.Queries).ToList();

        // A route for any method would be reached with the methods that the gateway's own endpoint leaves over: nobody means that.
        var takesOwnPath = other.Node is null && Order == 0 && Methods.Count + Hosts.Count + Headers.Count + Queries.Count == 0;
        return (Rank == other.Rank || takesOwnPath) && methods is not null && hosts is not null
            && Outline == other.Outline && PatternCover.MayMeet(Pattern, other.Pattern) && CanHoldTogether(headers) && CanHoldTogether(queries)
            ? this with { Methods = methods, Hosts = hosts, Headers = headers, Queries = queries }
            : null;
    }

    /// <summary>The requests, as a route in the file would describe them.</summary>
    public override string ToString() => Methods.Count == 0 ? $"'{Path}'" : $"{string.Join(", ", Methods)} '{Path}'";

    // The router's order: by number, by the more literal path, by having methods, hosts, more headers, more query parameters.
    private (int, decimal, bool, bool, int, int) Rank =>
        (Order, Pattern.InboundPrecedence, Methods.Count == 0, Hosts.Count == 0, -Headers.Count, -Queries.Count);

    private bool Covers(EndpointClaim requests) =>
        PatternCover.Covers(Pattern, requests.Pattern)
        && (Methods.Count == 0 || (requests.Methods.Count > 0 && !requests.Methods.Except(Methods, StringComparer.OrdinalIgnoreCase).Any()))
        && (Hosts.Count == 0 || (requests.Hosts.Count > 0 && !requests.Hosts.Except(Hosts, StringComparer.OrdinalIgnoreCase).Any()))
        && !Headers.Except(requests.Headers).Any()
        && !Queries.Except(requests.Queries).Any();

    // What satisfies both; null if nothing does.
    private static IReadOnlyList<string>? Common(IReadOnlyList<string> one, IReadOnlyList<string> other) =>
        one.Count == 0 ? other
        : other.Count == 0 ? one
        : one.Intersect(other, StringComparer.OrdinalIgnoreCase).ToList() is { Count: > 0 } common ? common
        : null;

    // Two conditions on one name may exclude each other.
    private static bool CanHoldTogether(List<string> conditions) => conditions.DistinctBy(c => c.Split('\n')[0]).Count() == conditions.Count;

    private static string Condition(string name, string mode, IReadOnlyList<string>? values) =>
        $"{name.ToUpperInvariant()}\n{mode}\n{string.Join('\n', (values ?? []).Order(StringComparer.Ordinal))}";
}
