using System.Text.Json;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Admin;

/// <summary>The body of a purge: <c>{"route":"getUsers","reason":"…"}</c> or <c>{"tag":"users","reason":"…"}</c>.</summary>
/// <param name="Route">Whose answers; null where a tag says it.</param>
/// <param name="Tag">By which tag of their policies; null where a route says it.</param>
/// <param name="Reason">Why.</param>
internal sealed record CachePurge(string? Route, string? Tag, string Reason)
{
    private static readonly string[] Known = ["route", "tag", "reason"];

    /// <summary>Null, and the error, where the body is no such purge, or of something that keeps no answers.</summary>
    public static CachePurge? Read(ReadOnlyMemory<byte> body, GatewayPlan plan, out GatewayError? error)
    {
        Dictionary<string, string>? members = null;
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
            members = json.RootElement.ValueKind == JsonValueKind.Object
                ? json.RootElement.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.ValueKind == JsonValueKind.String ? m.Value.GetString()! : "")
                : null;
        }
        catch (JsonException)
        {
            // Told below.
        }

        if (members is null)
        {
            error = GatewayError.InvalidBody(null, """The request body must be a JSON object: {"route":"…","reason":"…"} or {"tag":"…","reason":"…"}.""");
            return null;
        }

        var purge = new CachePurge(members.GetValueOrDefault("route"), members.GetValueOrDefault("tag"), members.GetValueOrDefault("reason", "").Trim());
        error = members.Keys.FirstOrDefault(name => !Known.Contains(name)) is { } unknown
            ? GatewayError.InvalidBody(unknown, $"There is no '{unknown}' in a purge; known are {string.Join(", ", Known)}.")
            : purge.Refuse(plan);
        return error is null ? purge : null;
    }

    private GatewayError? Refuse(GatewayPlan plan)
    {
        if (BreakerChange.ReadReason(Reason, out _) is { } error)
        {
            return error;
        }

        if ((Route is null) == (Tag is null))
        {
            return GatewayError.InvalidBody("route", "A purge has either a 'route' or a 'tag'.");
        }

        var kept = plan.RoutePolicies.Concat(plan.AggregationPolicies).Where(endpoint => endpoint.Value.OutputCache is not null).ToList();
        return Route is not null
            ? Check("route", "no route or aggregation whose answers are kept is called", Route, kept.Select(endpoint => endpoint.Key), StringComparer.OrdinalIgnoreCase)
            : Check("tag", "no policy that is in use has the tag", Tag!, kept.SelectMany(endpoint => endpoint.Value.OutputCache!.Options.Tags).Distinct(), StringComparer.Ordinal);
    }

    private static GatewayError? Check(string member, string nothing, string name, IEnumerable<string> known, StringComparer comparer)
    {
        var names = known.Order(StringComparer.OrdinalIgnoreCase).ToList();
        return names.Contains(name, comparer)
            ? null
            : GatewayError.InvalidBody(
                member, ProblemList.UnknownName(new SettingsPlace(SettingsOrigin.OfVariable("purge"), ""), $"{nothing} '{name}'", name, names).Text);
    }
}

/// <summary>What a purge did.</summary>
/// <param name="Purged">Answers that are gone.</param>
internal sealed record PurgeReport(int Purged);
