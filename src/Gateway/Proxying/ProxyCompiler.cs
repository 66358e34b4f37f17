using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Checks YARP's routes and clusters when the file loads. YARP itself finds a missing cluster, a cluster without destinations
/// or an address that is no URI when the first request arrives.
/// </summary>
internal static class ProxyCompiler
{
    private static readonly Lazy<IConfigValidator> Validator = new(() =>
    {
        // YARP's own rules (transforms, load balancing, session affinity, …) as the running proxy would apply them.
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy().AddGatewayTransforms();
        return services.BuildServiceProvider().GetRequiredService<IConfigValidator>();
    });

    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Compile(
        GatewayOptions options, SettingsNode root, ProblemList problems)
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
            var route = config with { RouteId = name };
            CheckRoute(route, options, root.Find("ReverseProxy", "Routes", name)!, problems);
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

    private static void CheckCluster(ClusterConfig cluster, SettingsNode node, ProblemList problems)
    {
        if (cluster.Destinations is not { Count: > 0 })
        {
            problems.Error(node, "the cluster has no destination.");
        }

        foreach (var (name, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            var at = node.Find("Destinations", name)!;
            CheckAddress(destination.Address, at["Address"] ?? at, problems);
            if (destination.Health is { } health)
            {
                CheckAddress(health, at["Health"]!, problems);
            }
        }

        if (cluster.HttpRequest?.ActivityTimeout is { } timeout && timeout < TimeSpan.FromMilliseconds(1))
        {
            problems.Error(node.Find("HttpRequest", "ActivityTimeout")!, $"{timeout} is out of range: the time without progress is at least 1 ms.");
        }

        if (cluster.HttpClient?.WebProxy is { Address: { IsAbsoluteUri: false } proxy })
        {
            problems.Error(node.Find("HttpClient", "WebProxy", "Address")!, $"'{proxy}' is not an absolute URI.");
        }

        ReportYarp(Validator.Value.ValidateClusterAsync(cluster), node, problems);
    }

    private static void CheckAddress(string? address, SettingsNode node, ProblemList problems)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            problems.Error(node, $"'{address}' is not an absolute http or https URI (without credentials, query and fragment).");
        }
    }

    // YARP takes these keys and relies on middleware that this gateway doesn't have: requests would fail, or the key be ignored.
    private static readonly string[] Unserved =
        [nameof(RouteConfig.AuthorizationPolicy), nameof(RouteConfig.CorsPolicy), nameof(RouteConfig.RateLimiterPolicy), nameof(RouteConfig.TimeoutPolicy)];

    private static void CheckRoute(RouteConfig route, GatewayOptions options, SettingsNode node, ProblemList problems)
    {
        if (route.ClusterId is null)
        {
            problems.Error(node, "ClusterId is missing.");
        }
        else if (!options.ReverseProxy.Clusters.ContainsKey(route.ClusterId))
        {
            problems.Error(node["ClusterId"]!, UnknownName("cluster", route.ClusterId, options.ReverseProxy.Clusters.Keys));
        }

        if (CircuitBreakerTransform.NameIn(route) is { } breaker && !options.CircuitBreakers.ContainsKey(breaker))
        {
            problems.Error(node["Transforms"]!, UnknownName("circuit breaker", breaker, options.CircuitBreakers.Keys));
        }

        if (RequestBodyPolicy.NameIn(route) is { } policy && RequestBodyPolicy.Find(policy) is null)
        {
            problems.Error(
                node.Find("Metadata", RequestBodyPolicy.MetadataKey)!, UnknownName("request body policy", policy, RequestBodyPolicy.Names));
        }

        if (route.MaxRequestBodySize < -1)
        {
            problems.Error(node["MaxRequestBodySize"]!, $"{route.MaxRequestBodySize} is out of range: bytes, or -1 for no limit.");
        }

        foreach (var key in Unserved)
        {
            if (node[key] is { Value: not null } unserved)
            {
                problems.Error(unserved, "this gateway has no policies of this kind; remove the key.");
            }
        }

        ReportYarp(Validator.Value.ValidateRouteAsync(route), node, problems);
    }

    /// <summary>The same sentence wherever a name refers to nothing.</summary>
    public static string UnknownName(string kind, string name, IEnumerable<string> known)
    {
        var list = string.Join(", ", known);
        return $"there is no {kind} '{name}'; {(list.Length == 0 ? "none is configured" : $"known are {list}")}.";
    }

    private static void ReportYarp(ValueTask<IList<Exception>> validation, SettingsNode node, ProblemList problems)
    {
        // All of YARP's validators complete synchronously.
        foreach (var error in validation.AsTask().GetAwaiter().GetResult())
        {
            problems.Error(node, error.Message);
        }
    }
}
