using System.Globalization;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Checks YARP's routes and clusters when the file loads. YARP itself finds a missing cluster, a cluster without destinations
/// or an address that is no URI when the first request arrives.
/// </summary>
internal static class ProxyCompiler
{
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Compile(
        GatewayOptions options, SettingsNode root, DefinedNames clusterNames, DefinedNames breakerNames, ProblemList problems)
    {
        var clusters = new List<ClusterConfig>();
        foreach (var (name, config) in options.ReverseProxy.Clusters)
        {
            CheckName(config.ClusterId, name, root.Find("ReverseProxy", "Clusters", name, nameof(ClusterConfig.ClusterId)), problems);
            var cluster = config with { ClusterId = name };
            CheckCluster(cluster, root.Find("ReverseProxy", "Clusters", name)!, problems);
            clusters.Add(cluster);
        }

        var routes = new List<RouteConfig>();
        foreach (var (name, config) in options.ReverseProxy.Routes)
        {
            CheckName(config.RouteId, name, root.Find("ReverseProxy", "Routes", name, nameof(RouteConfig.RouteId)), problems);
            CheckIsNotReserved(name, root.Find("ReverseProxy", "Routes", name)!, problems);

            // Who may, and how often, is the gateway's own matter (EndpointPolicies): YARP would ask the framework for policies of these names.
            var route = config with { RouteId = name, AuthorizationPolicy = null, RateLimiterPolicy = null };
            CheckRoute(route, root.Find("ReverseProxy", "Routes", name)!, clusterNames, breakerNames, problems);
            routes.Add(route);
        }

        return (routes, clusters);
    }

    // The name is the key of the object; a member that says another would be overruled in silence.
    private static void CheckName(string? said, string name, SettingsNode? node, ProblemList problems)
    {
        if (node is not null && !string.Equals(said, name, StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(node, $"'{said}' contradicts the name '{name}' under which this stands.");
        }
    }

    /// <summary>Whether a route or an aggregation may have this name.</summary>
    internal static void CheckIsNotReserved(string name, SettingsNode node, ProblemList problems)
    {
        if (name.Equals(RequestRecord.NoRoute, StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(node, $"nothing can be called '{name}': logs and metrics mean requests by that which found no route.");
        }
    }

    private static void CheckCluster(ClusterConfig cluster, SettingsNode node, ProblemList problems)
    {
        if (cluster.Destinations is not { Count: > 0 } && node.Misread != Misread.Structure)
        {
            problems.Error(node.PlaceOf(nameof(cluster.Destinations)), "the cluster has no destination.");
        }

        foreach (var (name, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            var at = node.Find("Destinations", name)!;
            CheckAddress(destination.Address, at.PlaceOf(nameof(destination.Address)), at, problems);
            if (destination.Health is { } health)
            {
                CheckAddress(health, at.PlaceOf(nameof(destination.Health)), at, problems);
            }
        }

        ClusterChecks.Check(cluster, node, problems);

        // YARP would take its default in the place of what isn't a number, and say nothing.
        CheckNumber(
            ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName,
            text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0,
            "a whole number, at least 1");
        CheckNumber(
            TransportFailureRateHealthPolicyOptions.FailureRateLimitMetadataName,
            text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 1,
            "a number between 0 and 1");
        WarnOfUnknownMetadata(node, KnownMetadata.OfClusters, problems);
        YarpRules.CheckCluster(cluster, node, problems);

        void CheckNumber(string key, Func<string, bool> isValid, string allowed)
        {
            if (node["Metadata"]?[key] is { Value: { } text } at && !isValid(text))
            {
                problems.Error(at, $"'{text}' is not {allowed}.");
            }
        }
    }

    private static void CheckAddress(string? address, SettingsPlace place, SettingsNode destination, ProblemList problems)
    {
        if (destination.Misread != Misread.Nothing)
        {
            return;
        }

        if (string.IsNullOrEmpty(address))
        {
            problems.Error(place, "the address is missing: an absolute http or https URI.");
        }
        else if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            problems.Error(place, $"'{UriText.WithoutCredentials(address)}' is not an absolute http or https URI (without credentials, query and fragment).");
        }
    }

    // YARP takes these keys and relies on middleware that this gateway doesn't have: requests would fail, or the key be ignored.
    internal static readonly string[] Unserved =
        [nameof(RouteConfig.TimeoutPolicy)];

    private static void CheckRoute(
        RouteConfig route, SettingsNode node, DefinedNames clusterNames, DefinedNames breakerNames, ProblemList problems)
    {
        if (route.ClusterId is not null)
        {
            clusterNames.Check(node["ClusterId"]!, route.ClusterId, problems);
        }
        else if (node.Misread != Misread.Structure)
        {
            problems.Error(node.PlaceOf(nameof(route.ClusterId)), "ClusterId is missing.");
        }

        var guards = SettingsNode.ObjectsIn(node["Transforms"]).Select(t => t[CircuitBreakerTransform.Key]).OfType<SettingsNode>().ToList();
        foreach (var guard in guards.Where(g => !string.IsNullOrWhiteSpace(g.Value)))
        {
            breakerNames.Check(guard, guard.Value!, problems);
        }

        if (guards.Count > 1)
        {
            problems.Error([.. guards.Skip(1).Append(guards[0]).Select(g => g.Place)], "a route can be guarded by one circuit breaker.");
        }

        CheckMetadata(route, node, problems);

        if (route.MaxRequestBodySize < -1)
        {
            problems.Error(node["MaxRequestBodySize"]!, $"{route.MaxRequestBodySize} is out of range: bytes, or -1 for no limit.");
        }

        ValueRules.CheckDuration(route.Timeout, nameof(route.Timeout), node[nameof(route.Timeout)], problems);

        foreach (var key in Unserved)
        {
            if (node[key] is { Value: not null } unserved)
            {
                problems.Error(unserved, "this gateway has no policies of this kind; remove the key.");
            }
        }

        CheckHosts(node, problems);
        TransformChecks.CheckParameters(route, node, problems);
        TransformChecks.CheckValues(node, problems);
        WarnOfUnknownMetadata(node, KnownMetadata.OfRoutes, problems);
        YarpRules.CheckRoute(route, node, problems);
    }

    // What the router can't read stops it for good: it neither takes up what is refused nor anything after it.
    private static void CheckHosts(SettingsNode node, ProblemList problems)
    {
        foreach (var (_, host) in node.Find("Match", "Hosts")?.Children ?? [])
        {
            if (host.Value is not null && !IsHost(host.Value.Split(':')))
            {
                problems.Error(host, $"'{host.Value}' is neither a host nor a host and a port, like example.com or *.example.com:8080.");
            }
        }
    }

    private static bool IsHost(string[] parts) =>
        parts[0].Length > 0 && !parts[0].Any(HeaderSyntax.IsDelimiter) && (parts.Length == 1 || (parts.Length == 2 && IsPort(parts[1])));

    private static bool IsPort(string text) => text == "*" || ushort.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static void CheckMetadata(RouteConfig route, SettingsNode node, ProblemList problems)
    {
        var metadata = MetadataReader.Read<RouteMetadata>(node["Metadata"], problems);
        if (metadata.RequestBody is { } policy && RequestBodyPolicy.Find(policy) is null)
        {
            problems.Unknown(node.Find("Metadata", nameof(RouteMetadata.RequestBody))!, "request body policy", policy, RequestBodyPolicy.Names);
        }

        if (metadata.AttemptTimeout > route.Timeout)
        {
            problems.Error(
                [node["Metadata"]!.PlaceOf(nameof(RouteMetadata.AttemptTimeout)), node.PlaceOf(nameof(RouteConfig.Timeout))],
                $"AttemptTimeout ({metadata.AttemptTimeout}) is longer than the route's Timeout ({route.Timeout}).");
        }
    }

    private static void WarnOfUnknownMetadata(SettingsNode node, IReadOnlyList<string> known, ProblemList problems)
    {
        foreach (var (key, entry) in node["Metadata"]?.Children ?? [])
        {
            if (!known.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add(ProblemList.UnknownName(entry.Place, $"'{key}' has no meaning to this gateway", key, known) with { Severity = Severity.Warning });
            }
        }
    }
}
