using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Two endpoints that match the same requests: the router would answer every such request with an ambiguity error.
/// </summary>
internal static class EndpointCollisions
{
    private sealed record Claim(string Owner, SettingsNode? Node, string Shape, IReadOnlyList<string>? Methods, string Narrowing);

    public static void Find(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        List<Claim> claims =
        [
            .. Health.HealthEndpoints.Paths.Append(Telemetry.TelemetryRegistration.MetricsPath)
                .Select(path => new Claim($"the gateway's own {path}", null, Shape(path), ["GET", "HEAD"], "")),
        ];
        foreach (var (name, route) in options.ReverseProxy.Routes)
        {
            var node = root.Find("ReverseProxy", "Routes", name)!;
            Add($"route '{name}'", node.Find("Match", "Path") ?? node, route.Match?.Path ?? "/{**any}", route.Match?.Methods, Narrow(route));
        }

        foreach (var (name, aggregation) in options.Aggregations)
        {
            var node = root.Find("Aggregations", name)!;
            Add($"aggregation '{name}'", node.Find("Match", "Path") ?? node, aggregation.Match?.Path ?? "", aggregation.Match?.Methods, "");
        }

        void Add(string owner, SettingsNode node, string path, IReadOnlyList<string>? methods, string narrowing)
        {
            Claim claim;
            try
            {
                claim = new Claim(owner, node, Shape(path), methods is { Count: > 0 } ? methods : null, narrowing);
            }
            catch (RoutePatternException e)
            {
                problems.Error(node, $"'{path}' is no valid path pattern: {e.Message}");
                return;
            }

            if (claims.Find(other => Collide(claim, other)) is { } taken)
            {
                problems.Error(taken.Node is { } other ? [node, other] : [node], $"{owner} has the same pattern as {taken.Owner}: '{path}'.");
            }

            claims.Add(claim);
        }
    }

    private static bool Collide(Claim a, Claim b) =>
        a.Shape == b.Shape && a.Narrowing == b.Narrowing
        && (a.Methods is null || b.Methods is null || a.Methods.Intersect(b.Methods, StringComparer.OrdinalIgnoreCase).Any());

    // What a pattern looks like to the router, for which parameters have no name and letters no case.
    private static string Shape(string path) =>
        string.Join('/', RoutePatternFactory.Parse(path).PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter =>
                $"{{{(parameter.IsCatchAll ? "**" : "")}{string.Concat(parameter.ParameterPolicies.Select(p => ":" + p.Content))}}}",
            _ => "",
        }))));

    // Routes that share a pattern are told apart by host, header, query and order.
    private static string Narrow(RouteConfig route) => string.Join(
        '|',
        string.Join(',', (route.Match?.Hosts ?? []).Order(StringComparer.OrdinalIgnoreCase)),
        string.Join(',', (route.Match?.Headers ?? []).Select(h => $"{h.Name}{h.Mode}{string.Join('+', h.Values ?? [])}")),
        string.Join(',', (route.Match?.QueryParameters ?? []).Select(q => $"{q.Name}{q.Mode}{string.Join('+', q.Values ?? [])}")),
        route.Order?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "").Trim('|').ToUpperInvariant();
}
