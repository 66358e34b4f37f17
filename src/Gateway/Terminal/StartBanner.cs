using EventGateway.Gateway.Admin;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Telemetry;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Terminal;

/// <summary>What a person at a terminal is told when the gateway has started: a short table of what it serves.</summary>
internal static class StartBanner
{
    private const int MostRows = 20;   // of a kind: a screen has no room for a thousand routes
    private const int MostAddresses = 3;

    /// <param name="plan">What is served.</param>
    /// <param name="addresses">Of the listeners, in the order in which they open: HTTP, and, unless they are off, HTTPS and the operator's.</param>
    public static string Text(GatewayPlan plan, IReadOnlyList<string> addresses)
    {
        var table = new TextTable();
        AddRows(table, "route", plan.Routes.Select(route => (string[])
        [
            route.RouteId,
            MethodsOf(route.Match.Methods),
            route.Match.Path ?? "/{**any}",
            $"→ {route.ClusterId}{(CircuitBreakerTransform.NameIn(route) is { } breaker ? $", breaker {breaker}" : "")}",
        ]));
        AddRows(table, "aggregation", plan.Aggregations.Select(aggregation => (string[])
        [
            aggregation.Name,
            MethodsOf(aggregation.Methods),
            aggregation.Path,
            $"→ {string.Join(", ", aggregation.Steps.Select(step => step.Id))}",
        ]));
        AddRows(table, "cluster", plan.Clusters.Select(cluster => (string[])[cluster.ClusterId, AddressesOf(cluster)]));
        AddRows(table, "breaker", BreakersOf(plan).Select(breaker => (string[])[breaker.Key, BreakerSentence.Of(breaker.Value)]));
        var metrics = plan.Options.PublicMetrics ? $" {TelemetryRegistration.MetricsPath}" : "";
        table.Add("gateway", string.Join(' ', HealthEndpoints.Paths) + metrics);

        if (ManagementIn(addresses) is { } management)
        {
            table.Add("management", $"{management}  {StatusEndpoints.Page} {AdminEndpoints.Prefix} {string.Join(' ', HealthEndpoints.Paths)} {TelemetryRegistration.MetricsPath}");
        }

        var at = string.Join(" and ", PublicIn(addresses)).Replace("[::]", "localhost", StringComparison.Ordinal);
        return $"\nEventGateway {ConfigurationMetrics.Version} listens on {at} (all interfaces), configuration {plan.Hash}\n\n{table.ToText()}\n";
    }

    /// <summary>Those of the listeners that are there for clients.</summary>
    public static IEnumerable<string> PublicIn(IReadOnlyList<string> addresses) => addresses.Where((address, i) => i == 0 || HttpsListener.IsHttps(address));

    /// <summary>That of the operator's listener; null where it is off.</summary>
    public static string? ManagementIn(IReadOnlyList<string> addresses) => addresses.Skip(1).FirstOrDefault(address => !HttpsListener.IsHttps(address));

    /// <summary>The same breakers, in the order of their names.</summary>
    public static IEnumerable<KeyValuePair<string, BreakerPlan>> BreakersOf(GatewayPlan plan) =>
        plan.Breakers.OrderBy(breaker => breaker.Key, StringComparer.OrdinalIgnoreCase);

    public static string AddressesOf(ClusterConfig cluster)
    {
        var addresses = cluster.Destinations!.Values.Select(destination => destination.Address).ToList();
        var more = addresses.Count - MostAddresses;
        return string.Join(", ", addresses.Take(MostAddresses)) + (more > 0 ? $" and {more.ToText()} more" : "");
    }

    private static string MethodsOf(IReadOnlyList<string>? methods) => methods is { Count: > 0 } ? string.Join(' ', methods) : "any";

    private static void AddRows(TextTable table, string kind, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        foreach (var row in all.Take(MostRows))
        {
            table.Add([kind, .. row]);
        }

        if (all.Count > MostRows)
        {
            table.Add(kind, $"… and {(all.Count - MostRows).ToText()} more");
        }
    }
}
