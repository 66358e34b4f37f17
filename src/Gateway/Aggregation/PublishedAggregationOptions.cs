using EventGateway.Aggregator;

namespace EventGateway.Gateway.Aggregation;

/// <summary>An aggregation as an endpoint of this gateway: what it is composed of, and the policies that its clients meet, as routes have them.</summary>
public sealed class PublishedAggregationOptions : AggregationOptions
{
    /// <summary>Name of the <c>CorsPolicies</c> entry that holds for browsers. Default: none, pages of other origins can't read the answers.</summary>
    public string? CorsPolicy { get; set; }

    /// <summary>Name of the <c>AuthorizationPolicies</c> entry that says who may. Default: none, everybody may.</summary>
    public string? AuthorizationPolicy { get; set; }

    /// <summary>Name of the <c>RateLimiterPolicies</c> entry that holds for clients. Default: none, they may have any number of answers.</summary>
    public string? RateLimiterPolicy { get; set; }

    /// <summary>Name of the <c>RetryPolicies</c> entry that holds for each of its calls. Default: none, a call is made once.</summary>
    public string? RetryPolicy { get; set; }

    /// <summary>Whether answers are compressed (br, gzip) for clients that take it, unless a secret may be in them. Default false.</summary>
    public bool Compress { get; set; }

    /// <summary>Name of the <c>OutputCachePolicies</c> entry that says what is kept of the answers. Default: none, nothing is.</summary>
    public string? OutputCachePolicy { get; set; }
}
