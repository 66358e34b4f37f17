using System.Collections.Frozen;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Cors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Access;

/// <summary>Finds the policies that routes and aggregations name.</summary>
internal sealed class EndpointPolicyCompiler
{
    private readonly GatewayOptions _options;
    private readonly SettingsNode _root;
    private readonly ProblemList _problems;
    private readonly string? _apiKeyHeader;
    private readonly NamedPolicies<CorsPolicy> _cors;
    private readonly AuthorizationPolicyCompiler _authorizations;
    private readonly NamedPolicies<AuthorizationPlan> _authorization;
    private readonly NamedPolicies<RateLimiterPlan> _rateLimiters;
    private readonly NamedPolicies<RetryPlan> _retries;
    private readonly NamedPolicies<OutputCachePolicyOptions> _outputCache;

    public EndpointPolicyCompiler(
        GatewayOptions options,
        AuthenticationPlan authentication,
        FrozenDictionary<string, RateLimiterPlan> rateLimiters,
        FrozenDictionary<string, RetryPlan> retries,
        SettingsNode root,
        ProblemList problems)
    {
        _options = options;
        _root = root;
        _problems = problems;
        _apiKeyHeader = authentication.ApiKeys?.Header;
        _cors = new("CORS policy", root, nameof(options.CorsPolicies), CorsPolicyCompiler.CompileAll(options, root, problems));
        _authorizations = new(options, authentication, root, problems);
        _authorization = new("authorization policy", root, nameof(options.AuthorizationPolicies), _authorizations.CompileAll());
        _rateLimiters = new("rate limiter policy", root, nameof(options.RateLimiterPolicies), rateLimiters);
        _retries = new("retry policy", root, nameof(options.RetryPolicies), retries);
        _outputCache = new("output cache policy", root, nameof(options.OutputCachePolicies), OutputCachePolicyCompiler.CompileAll(options, root, problems));
    }

    /// <summary>By route; those that name no policy aren't in it.</summary>
    public FrozenDictionary<string, EndpointPolicies> OfRoutes() => Compile(
        _options.ReverseProxy.Routes,
        (name, route) =>
        {
            var node = _root.Find("ReverseProxy", "Routes", name)!;
            return Find(node, route.CorsPolicy, route.AuthorizationPolicy, route.RateLimiterPolicy) with
            {
                OutputCache = FindCache(node, route),
                Retry = FindRetry(node, route),
                Compress = MetadataReader.Read<RouteMetadata>(route.Metadata).Compress,
            };
        });

    /// <summary>By aggregation; those that name no policy aren't in it.</summary>
    public FrozenDictionary<string, EndpointPolicies> OfAggregations() => Compile(
        _options.Aggregations,
        (name, aggregation) =>
        {
            var node = _root.Find("Aggregations", name)!;
            return Find(node, aggregation.CorsPolicy, aggregation.AuthorizationPolicy, aggregation.RateLimiterPolicy) with
            {
                OutputCache = FindCache(node, node, aggregation.OutputCachePolicy, ClusterUpstream.HeadersOf(aggregation)),
                Retry = _retries.Find(node, nameof(aggregation.RetryPolicy), aggregation.RetryPolicy, _problems),
                Compress = aggregation.Compress,
            };
        });

    public void WarnOfUnused()
    {
        _cors.WarnOfUnused(_problems);
        _authorization.WarnOfUnused(_problems);
        _authorizations.WarnOfUnused();
        _rateLimiters.WarnOfUnused(_problems);
        _outputCache.WarnOfUnused(_problems);
        _retries.WarnOfUnused(_problems);
    }

    private RetryPlan? FindRetry(SettingsNode node, RouteConfig route)
    {
        if (MetadataReader.Read<RouteMetadata>(route.Metadata).RetryPolicy is not { } name)
        {
            return null;
        }

        var metadata = node["Metadata"]!;
        if (route.Match?.Methods is { Count: > 0 } methods && !methods.Any(RetryMiddleware.IsRead))
        {
            _problems.Warn(metadata.PlaceOf(nameof(RouteMetadata.RetryPolicy)), "only GET, HEAD and OPTIONS are ever tried again, and the route takes none of them.");
        }

        CheckMethods(node, route, nameof(RouteMetadata.RetryPolicy), RetryMiddleware.Reads, (_, sent) => RetryMiddleware.IsRead(sent), "is never tried again");
        return _retries.Find(metadata, nameof(RouteMetadata.RetryPolicy), name, _problems);
    }

    // Clients ask with a read, and what the upstream gets may be none.
    private void CheckMethods(SettingsNode node, RouteConfig route, string key, IEnumerable<string> asked, Func<string, string, bool> mayBe, string why)
    {
        foreach (var method in asked.Where(method => route.Match?.Methods is not { Count: > 0 } methods || methods.Contains(method, StringComparer.OrdinalIgnoreCase)))
        {
            if (TransformChecks.ChangeOf(method, node) is { } change && !mayBe(method, change.Method))
            {
                _problems.Error([change.At.Place, node["Metadata"]!.PlaceOf(key)], $"a {method} goes out as {change.Method}, which {why}.");
                return;
            }
        }
    }

    // YARP's routes have no key for it.
    private OutputCachePlan? FindCache(SettingsNode node, RouteConfig route)
    {
        const string Key = nameof(RouteMetadata.OutputCachePolicy);
        var metadata = node[nameof(route.Metadata)];
        var name = metadata?[Key]?.Value;
        if (name is not null && route.Match?.Methods is { Count: > 0 } methods && !methods.Any(method => HttpMethods.IsGet(method) || HttpMethods.IsHead(method)))
        {
            _problems.Warn(metadata!.PlaceOf(Key), "only answers to GET are kept, and this route doesn't take it.");
        }

        if (name is not null)
        {
            CheckMethods(
                node, route, Key, [HttpMethods.Get, HttpMethods.Head],
                (asked, sent) => HttpMethods.IsGet(sent) || (HttpMethods.IsHead(asked) && HttpMethods.IsHead(sent)), "has no answer that can be kept for others");
        }

        if (name is not null && _options.ReverseProxy.Clusters.GetValueOrDefault(route.ClusterId ?? "") is { SessionAffinity.Enabled: true })
        {
            _problems.Warn(
                metadata!.PlaceOf(Key),
                $"the cluster '{route.ClusterId}' has SessionAffinity: the cookie that ties a client to a destination makes an answer that client's, and it isn't kept.");
        }

        return FindCache(node, metadata, name, []);
    }

    private OutputCachePlan? FindCache(SettingsNode owner, SettingsNode? namesIt, string? name, IEnumerable<string> passed) =>
        namesIt is not null && _outputCache.Find(namesIt, nameof(RouteMetadata.OutputCachePolicy), name, _problems) is { Duration: not null } options
            ? OutputCachePlan.Of(name!, options, _root.Find(nameof(GatewayOptions.OutputCachePolicies), name!)!, owner, _apiKeyHeader, passed)
            : null;

    private EndpointPolicies Find(SettingsNode owner, string? cors, string? authorization, string? rateLimiter)
    {
        var policies = new EndpointPolicies
        {
            Cors = _cors.Find(owner, nameof(RouteConfig.CorsPolicy), cors, _problems),
            Authorization = _authorization.Find(owner, nameof(RouteConfig.AuthorizationPolicy), authorization, _problems),
            RateLimiter = _rateLimiters.Find(owner, nameof(RouteConfig.RateLimiterPolicy), rateLimiter, _problems),
        };
        if (policies is { Authorization: null, RateLimiter.NeedsIdentity: true } && authorization is null)
        {
            _problems.Warn(
                owner.PlaceOf(nameof(RouteConfig.RateLimiterPolicy)),
                $"'{rateLimiter}' tells clients apart by who they are, and without an AuthorizationPolicy nobody asks: all of them share one budget.");
        }

        return policies;
    }

    private FrozenDictionary<string, EndpointPolicies> Compile<T>(Dictionary<string, T> endpoints, Func<string, T, EndpointPolicies> find) => endpoints
        .Select(endpoint => (endpoint.Key, Policies: find(endpoint.Key, endpoint.Value)))
        .Where(found => found.Policies != EndpointPolicies.None)
        .ToFrozenDictionary(found => found.Key, found => found.Policies with { ApiKeyHeader = _apiKeyHeader }, StringComparer.OrdinalIgnoreCase);
}
