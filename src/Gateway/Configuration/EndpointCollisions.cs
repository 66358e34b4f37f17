using EventGateway.Gateway.Health;
using EventGateway.Gateway.OpenApi;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Endpoints that get in each other's way: requests that the router could give to two alike, which it answers with an error, and
/// endpoints that no request can ever reach. What isn't certain isn't told, or is a warning.
/// </summary>
internal static class EndpointCollisions
{
    /// <summary>Paths of the gateway's own endpoints on the public port.</summary>
    public static IEnumerable<string> OwnPaths { get; } = [.. HealthEndpoints.Paths, TelemetryRegistration.MetricsPath, OpenApiEndpoints.DocumentPath];

    public static void Find(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var claims = new List<EndpointClaim>();
        foreach (var (name, route) in options.ReverseProxy.Routes)
        {
            var node = root.Find("ReverseProxy", "Routes", name)!;
            if (node.Misread == Misread.Nothing && (route.Match?.Path ?? (route.Match?.Hosts is { Count: > 0 } ? "/{**any}" : null)) is { Length: > 0 } path)
            {
                Add(EndpointClaim.Read($"route '{name}'", node.Nearest("Match", "Path"), path, problems)?.NarrowedTo(route));
            }
        }

        foreach (var (name, aggregation) in options.Aggregations)
        {
            var node = root.Find("Aggregations", name)!;
            if (node.Find("Match", "Path") is { Misread: Misread.Nothing } at && !problems.HasErrorAt(at))
            {
                Add(EndpointClaim.Read($"aggregation '{name}'", at, aggregation.Match.Path, problems)?.NarrowedTo(aggregation.Match.Methods));
            }
        }

        foreach (var path in OwnPaths)
        {
            Add(EndpointClaim.Read($"the gateway's own {path}", null, path, problems)!.NarrowedTo([HttpMethods.Get, HttpMethods.Head]));
        }

        var unreachable = FindUnreachable(claims, problems);
        FindAmbiguous(claims.Except(unreachable).ToList(), problems);

        void Add(EndpointClaim? claim)
        {
            if (claim is not null)
            {
                claims.Add(claim);
            }
        }
    }

    private static HashSet<EndpointClaim> FindUnreachable(List<EndpointClaim> claims, ProblemList problems)
    {
        var unreachable = new HashSet<EndpointClaim>();
        foreach (var claim in claims)
        {
            // With the same order, what goes before the other asks for more than it, and so leaves it something.
            if (claims.Find(other => other.Order < claim.Order && other.AlwaysBeats(claim, claim)) is not { } winner)
            {
                continue;
            }

            unreachable.Add(claim);
            if (claim.Node is null)
            {
                problems.Error(winner.Node!, $"{claim.Owner} is unreachable: every request that it matches goes to {winner.Owner}, whose Order is lower.");
            }
            else
            {
                problems.Error(
                    Places(claim, winner),
                    $"{claim.Owner} is unreachable: every request that it matches goes to {winner.Owner}, which matches it too and whose Order is lower.");
            }
        }

        return unreachable;
    }

    private static void FindAmbiguous(List<EndpointClaim> claims, ProblemList problems)
    {
        foreach (var alike in claims.GroupBy(claim => claim.Outline).Select(group => group.ToList()))
        {
            for (var i = 0; i < alike.Count; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    Judge(alike[i], alike[j]);
                }
            }
        }

        void Judge(EndpointClaim one, EndpointClaim two)
        {
            var (later, earlier) = one.Node is null ? (two, one) : (one, two);
            if (later.Node is not null && later.Tie(earlier) is { } both
                && !claims.Exists(other => !ReferenceEquals(other, earlier) && other.AlwaysBeats(later, both)))
            {
                if (later.Shape != earlier.Shape)
                {
                    WarnOfOverlap(later, earlier, problems);
                    return;
                }

                var owned = earlier.Node is null ? "which no other endpoint can have" : "and neither goes before the other";
                problems.Error(Places(later, earlier), $"{later.Owner} and {earlier.Owner} collide: both match {both}, {owned}.");
            }
        }
    }

    private static void WarnOfOverlap(EndpointClaim later, EndpointClaim earlier, ProblemList problems)
    {
        var message = $"{later.Owner} and {earlier.Owner} may both match a request, and neither goes before the other: it would be answered with 500";
        problems.Add(new ConfigurationProblem(later.Node!.Place, message, Severity.Warning)
        {
            Related = [earlier.Node!.Place],
            Allowed = "Order decides between them",
        });
    }

    private static List<SettingsPlace> Places(EndpointClaim claim, EndpointClaim other) =>
        other.Node is null ? [claim.Node!.Place] : [claim.Node!.Place, other.Node.Place];
}
