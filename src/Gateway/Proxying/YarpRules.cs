using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EventGateway.Gateway.Proxying;

/// <summary>YARP's own rules, as the running proxy would apply them; each complaint is told at the key that it is about.</summary>
internal static class YarpRules
{
    private static readonly Lazy<ServiceProvider> Yarp = new(() =>
    {
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy().AddGatewayTransforms();
        return services.BuildServiceProvider();
    });

    // Told by our own checks, which know more.
    private static readonly string[] Known = ["Invalid path", "No address found"];

    /// <summary>What a route can take. YARP knows TRACE as well, which this gateway always refuses.</summary>
    public static IReadOnlyList<string> Methods { get; } =
        [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Options];

    // YARP says what is wrong, not where. The first of these texts that its message has tells the key.
    private static readonly (string Text, string[] Keys)[] Places =
    [
        ("host name", ["Match", "Hosts"]),
        ("HTTP method", ["Match", "Methods"]),
        ("route header", ["Match", "Headers"]),
        ("query parameter", ["Match", "QueryParameters"]),
        ("Hosts or Path", ["Match"]),
        ("Timeout must", ["Timeout"]),
        ("ffinity key name", ["SessionAffinity", "AffinityKeyName"]),
        ("cookie expiration", ["SessionAffinity", "Cookie", "Expiration"]),
        ("cookie max-age", ["SessionAffinity", "Cookie", "MaxAge"]),
        ("session affinity", ["SessionAffinity"]),
        ("Max connections", ["HttpClient", "MaxConnectionsPerServer"]),
        ("request header encoding", ["HttpClient", "RequestHeaderEncoding"]),
        ("response header encoding", ["HttpClient", "ResponseHeaderEncoding"]),
        ("version", ["HttpRequest", "Version"]),
        ("probing interval", ["HealthCheck", "Active", "Interval"]),
        ("probing timeout", ["HealthCheck", "Active", "Timeout"]),
        ("reactivation period", ["HealthCheck", "Passive", "ReactivationPeriod"]),
    ];

    public static void CheckRoute(RouteConfig route, SettingsNode node, ProblemList problems)
    {
        var match = route.Match;
        foreach (var (_, method) in node.Find("Match", "Methods")?.Children ?? [])
        {
            if (method.Value is { } name && !Methods.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                problems.Unknown(method, "method", name, Methods);
                match = match with { Methods = null };   // YARP would say it again
            }
        }

        // Without the policies: this gateway has none, and has said so.
        Report(
            Complaints(route with { Match = match, Transforms = null, AuthorizationPolicy = null, CorsPolicy = null, RateLimiterPolicy = null, TimeoutPolicy = null }),
            node,
            problems);

        // One by one, since no complaint says which of them it is about.
        foreach (var (transform, at) in (route.Transforms ?? []).Zip(SettingsNode.ObjectsIn(node["Transforms"])))
        {
            if (!TransformChecks.IsKnown(at, problems))
            {
                continue;
            }

            var alone = new RouteConfig { RouteId = route.RouteId, Match = new RouteMatch { Path = "/" }, Transforms = [transform] };
            foreach (var complaint in Complaints(alone).Where(_ => at.Misread == Misread.Nothing))
            {
                problems.Error(at, complaint);
            }

            if (at.Misread == Misread.Nothing && !problems.HasErrorWithin(at))
            {
                TryBuild(alone, at, problems);
            }
        }

        static IEnumerable<string> Complaints(RouteConfig route) => Messages(Validator.ValidateRouteAsync(route));
    }

    public static void CheckCluster(ClusterConfig cluster, SettingsNode node, ProblemList problems)
    {
        // YARP names the .NET types of its policies, and no policy that there is.
        var affinity = cluster.SessionAffinity;
        var health = cluster.HealthCheck;
        var known = cluster with
        {
            LoadBalancingPolicy = Check<ILoadBalancingPolicy>("load balancing policy", cluster.LoadBalancingPolicy, p => p.Name, "LoadBalancingPolicy"),
            SessionAffinity = affinity is not { Enabled: true } ? affinity : affinity with
            {
                Policy = Check<ISessionAffinityPolicy>("session affinity policy", affinity.Policy, p => p.Name, "SessionAffinity", "Policy"),
                FailurePolicy = Check<IAffinityFailurePolicy>(
                    "affinity failure policy", affinity.FailurePolicy, p => p.Name, "SessionAffinity", "FailurePolicy"),
            },
            HealthCheck = health is null ? null : health with
            {
                AvailableDestinationsPolicy = Check<IAvailableDestinationsPolicy>(
                    "available destinations policy", health.AvailableDestinationsPolicy, p => p.Name, "HealthCheck", "AvailableDestinationsPolicy"),
                Active = health.Active is not { Enabled: true } active ? health.Active : active with
                {
                    Policy = Check<IActiveHealthCheckPolicy>("active health check policy", active.Policy, p => p.Name, "HealthCheck", "Active", "Policy"),
                },
                Passive = health.Passive is not { Enabled: true } passive ? health.Passive : passive with
                {
                    Policy = Check<IPassiveHealthCheckPolicy>("passive health check policy", passive.Policy, p => p.Name, "HealthCheck", "Passive", "Policy"),
                },
            },
        };
        Report(Messages(Validator.ValidateClusterAsync(known)), node, problems);

        // Null, which is YARP's default, in the place of a name that it doesn't know.
        string? Check<T>(string kind, string? name, Func<T, string> nameOf, params string[] keys)
        {
            var names = Yarp.Value.GetServices<T>().Select(nameOf).ToList();
            if (string.IsNullOrEmpty(name) || names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                return name;
            }

            problems.Unknown(node.Find(keys)!, kind, name, names);
            return null;
        }
    }

    // Some of what YARP takes as valid it can't build.
    private static void TryBuild(RouteConfig route, SettingsNode transform, ProblemList problems)
    {
        try
        {
            Yarp.Value.GetRequiredService<ITransformBuilder>().Build(route, cluster: null);
        }
        catch (Exception e)
        {
            problems.Error(transform, e.GetBaseException().Message.Split(" (Parameter '")[0]);
        }
    }

    private static IConfigValidator Validator => Yarp.Value.GetRequiredService<IConfigValidator>();

    private static void Report(IEnumerable<string> complaints, SettingsNode node, ProblemList problems)
    {
        foreach (var complaint in complaints.Where(c => !Array.Exists(Known, k => c.StartsWith(k, StringComparison.Ordinal))))
        {
            var keys = Array.Find(Places, p => complaint.Contains(p.Text, StringComparison.OrdinalIgnoreCase)).Keys ?? [];
            var at = node.Nearest(keys);
            if (at.Misread == Misread.Nothing && !problems.HasErrorAt(at))   // else it has been told already
            {
                problems.Error(at, complaint);
            }
        }
    }

    // All of YARP's validators complete synchronously.
    private static IEnumerable<string> Messages(ValueTask<IList<Exception>> validation) =>
        validation.AsTask().GetAwaiter().GetResult().Select(e => e.Message);
}
