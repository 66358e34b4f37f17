using System.Net;
using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Proxying;

/// <summary>Settings of a cluster that YARP passes over and with which its calls, or its health checks, would fail one by one.</summary>
internal static class ClusterChecks
{
    private static readonly string[] ProxySchemes = ["http", "https", "socks4", "socks4a", "socks5"];

    public static void Check(ClusterConfig cluster, SettingsNode node, ProblemList problems)
    {
        foreach (var (_, destination) in node["Destinations"]?.Children ?? [])
        {
            ValueRules.CheckHost(destination[nameof(DestinationConfig.Host)], problems);
        }

        ValueRules.CheckName(node.Find("SessionAffinity", "AffinityKeyName"), problems, "name of a cookie or header");
        CheckHealth(cluster.HealthCheck, node["HealthCheck"], problems);
        ValueRules.CheckDuration(cluster.HttpRequest?.ActivityTimeout, "ActivityTimeout", node.Find("HttpRequest", "ActivityTimeout"), problems);
        CheckVersion(cluster, node, problems);
        CheckWebProxy(cluster.HttpClient?.WebProxy?.Address, node.Find("HttpClient", "WebProxy", "Address"), problems);
    }

    private static void CheckHealth(HealthCheckConfig? health, SettingsNode? node, ProblemList problems)
    {
        var (active, passive) = (node?["Active"], node?["Passive"]);
        ValueRules.CheckDuration(health?.Active?.Interval, "Interval", active?["Interval"], problems);
        ValueRules.CheckDuration(health?.Active?.Timeout, "Timeout", active?["Timeout"], problems);
        ValueRules.CheckPath(active?["Path"], problems);
        ValueRules.CheckDuration(health?.Passive?.ReactivationPeriod, "ReactivationPeriod", passive?["ReactivationPeriod"], problems);
    }

    // HTTP/2 goes without TLS; HTTP/3 is encrypted by nature.
    private static void CheckVersion(ClusterConfig cluster, SettingsNode node, ProblemList problems)
    {
        if (cluster.HttpRequest is not { Version: { } version, VersionPolicy: { } policy }
            || version < HttpVersion.Version30 || policy == HttpVersionPolicy.RequestVersionOrLower)
        {
            return;
        }

        var unencrypted = (cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
            .Where(d => d.Value.Address?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) == true)
            .Select(d => node.Find("Destinations", d.Key)!.PlaceOf(nameof(DestinationConfig.Address)))
            .ToList();
        if (unencrypted.Count > 0)
        {
            problems.Error(
                [node.Find("HttpRequest", "VersionPolicy")!.Place, .. unencrypted], $"HTTP/3 needs https, and with {policy} no lower version will do.");
        }
    }

    private static void CheckWebProxy(Uri? address, SettingsNode? node, ProblemList problems)
    {
        if (address is not null && !(address.IsAbsoluteUri && ProxySchemes.Contains(address.Scheme, StringComparer.Ordinal)))
        {
            problems.Error(node!, $"'{node!.Value}' is no address of a proxy; allowed are absolute URIs with the scheme {string.Join(", ", ProxySchemes)}.");
        }
    }
}
