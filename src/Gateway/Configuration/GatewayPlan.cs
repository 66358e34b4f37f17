using System.Collections.Frozen;
using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.ClientAddress;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Management;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry.Otlp;
using EventGateway.Gateway.Versions;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// A whole configuration: validated, compiled, immutable. Either all of it serves or nothing of it.
/// </summary>
public sealed class GatewayPlan
{
    private GatewayPlan(SettingsNode root, ConfigurationText text, AuthenticationPlan authentication)
    {
        Root = root;
        Authentication = authentication;
        Hash = text.Hash;
        Fingerprint = text.Fingerprint;
    }

    /// <summary>What was written, and where: for people who look for the place of something.</summary>
    internal SettingsNode Root { get; }

    /// <summary>By what clients can be known.</summary>
    internal AuthenticationPlan Authentication { get; }

    public required GatewayOptions Options { get; init; }

    /// <summary>Tells this configuration file from others across a fleet.</summary>
    public string Hash { get; }

    /// <summary>Tells what it was made of, <c>.env</c> included, from later texts.</summary>
    internal string Fingerprint { get; }

    public required IReadOnlyList<RouteConfig> Routes { get; init; }

    public required IReadOnlyList<ClusterConfig> Clusters { get; init; }

    public required FrozenDictionary<string, BreakerPlan> Breakers { get; init; }

    /// <summary>By cluster; those without a limit aren't in it.</summary>
    public required FrozenDictionary<string, CallLimitPlan> CallLimits { get; init; }

    /// <summary>By policy.</summary>
    public required FrozenDictionary<string, RateLimiterPlan> RateLimiters { get; init; }

    /// <summary>By policy.</summary>
    public required FrozenDictionary<string, RetryPlan> Retries { get; init; }

    public required IReadOnlyList<AggregationPlan> Aggregations { get; init; }

    /// <summary>The public listener for HTTPS, its certificate, and what browsers are told about it.</summary>
    public required HttpsPlan Https { get; init; }

    /// <summary>Whose word about clients is believed; null: nobody's.</summary>
    public required TrustedProxies? TrustedProxies { get; init; }

    /// <summary>Hosts that clients may ask for; none: any.</summary>
    public required IList<StringSegment> AllowedHosts { get; init; }

    /// <summary>By route; those that name no policy aren't in it.</summary>
    public required FrozenDictionary<string, EndpointPolicies> RoutePolicies { get; init; }

    /// <summary>By aggregation; those that name no policy aren't in it.</summary>
    public required FrozenDictionary<string, EndpointPolicies> AggregationPolicies { get; init; }

    /// <summary>Versions of the API, and whose a request is.</summary>
    public required VersionTable Versions { get; init; }

    /// <summary>Whether and where traces and metrics are pushed; what a reload says of it is not taken up.</summary>
    public required OpenTelemetryPlan OpenTelemetry { get; init; }

    /// <summary>Returns null when there are errors; <paramref name="problems"/> then has all of them.</summary>
    internal static GatewayPlan? Compile(SettingsNode root, ConfigurationText text, ProblemList problems, OpenTelemetryPlan openTelemetry)
    {
        var options = OptionsReader.Read<GatewayOptions>(root, problems);
        var clusterNames = new DefinedNames("cluster", root, "ReverseProxy", "Clusters");
        var breakerNames = new DefinedNames("circuit breaker", root, "CircuitBreakers");
        var breakers = BreakerPlan.CompileAll(options.CircuitBreakers, root, problems);
        var (routes, clusters) = ProxyCompiler.Compile(options, root, clusterNames, breakerNames, problems);
        var callLimits = CallLimitPlan.CompileAll(options, root, problems);
        var aggregations = AggregationCompiler.Compile(options, root, clusterNames, breakerNames, problems);
        var authentication = new AuthenticationCompiler(root, problems).Compile(options.Authentication);
        var rateLimiters = RateLimiterPlan.CompileAll(options, root, problems);
        var retries = RetryPlan.CompileAll(options, root, problems);
        var policies = new EndpointPolicyCompiler(options, authentication, rateLimiters, retries, root, problems);
        var (routePolicies, aggregationPolicies) = (policies.OfRoutes(), policies.OfAggregations());
        var trustedProxies = TrustedProxies.Compile(options, root, problems);
        var allowedHosts = Access.AllowedHosts.Compile(options, root, problems);
        ProbeTimeouts.Check(options, callLimits, root, problems);
        ManagementListener.Check(options, root, problems);
        var https = HttpsPlan.Compile(options, root, problems);
        StepPlaces.Check(options, callLimits, root, problems);
        EndpointCollisions.Find(options, root, problems);
        var versions = new VersionCompiler(options, root, problems).Compile();
        if (root.Misread != Misread.Structure)
        {
            clusterNames.WarnOfUnused(problems);
            breakerNames.WarnOfUnused(problems);
            policies.WarnOfUnused();
        }

        if (routes.Count == 0 && aggregations.Count == 0 && !options.AllowEmpty && !problems.HasErrors)
        {
            problems.Error(root.Find("ReverseProxy", "Routes") ?? root, "there is no route and no aggregation. If that is meant, say \"AllowEmpty\": true.");
        }

        return problems.HasErrors
            ? null
            : new GatewayPlan(root, text, authentication)
            {
                Options = options,
                Routes = routes,
                Clusters = clusters,
                Breakers = breakers,
                CallLimits = callLimits,
                Https = https,
                TrustedProxies = trustedProxies,
                AllowedHosts = allowedHosts,
                RateLimiters = rateLimiters,
                Retries = retries,
                RoutePolicies = routePolicies,
                AggregationPolicies = aggregationPolicies,
                Aggregations = aggregations,
                Versions = versions,
                OpenTelemetry = openTelemetry,
            };
    }
}
