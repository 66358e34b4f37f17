using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace EventGateway.Gateway.Access;

/// <summary>What one route or aggregation asks of its clients: the policies that it names, as one plan has them.</summary>
public sealed record EndpointPolicies
{
    /// <summary>Of an endpoint that names none.</summary>
    public static EndpointPolicies None { get; } = new();

    /// <summary>Which web pages may read the answers; null where those of other origins can't.</summary>
    public CorsPolicy? Cors { get; init; }

    /// <summary>Who may use it; null where everybody may.</summary>
    internal AuthorizationPlan? Authorization { get; init; }

    /// <summary>How much each client may have; null where there is no limit.</summary>
    public RateLimiterPlan? RateLimiter { get; init; }

    /// <summary>When its reads are tried again; null where never.</summary>
    public RetryPlan? Retry { get; init; }

    /// <summary>Whether answers are compressed for clients that take it.</summary>
    public bool Compress { get; init; }

    /// <summary>What is kept of the answers; null where nothing is.</summary>
    internal OutputCachePlan? OutputCache { get; init; }

    /// <summary>The header in which clients send API keys, whether this endpoint asks for them or not; null where there are none.</summary>
    internal string? ApiKeyHeader { get; init; }
}
