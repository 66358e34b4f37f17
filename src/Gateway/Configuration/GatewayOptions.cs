using System.ComponentModel.DataAnnotations;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Cors;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Versions;

namespace EventGateway.Gateway.Configuration;

/// <summary>The whole file: every key that stands at its top.</summary>
public sealed class GatewayOptions
{
    /// <summary>Port of the public listener, on all interfaces. 0 takes a free one. Read at start only. Default 3000.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; } = 3000;

    /// <summary>The public listener for HTTPS. Off by default.</summary>
    public HttpsOptions Https { get; set; } = new();

    /// <summary>Port of the operator's listener: admin API, metrics, health. 0 switches it off. Read at start only. Default 3001.</summary>
    [Range(0, 65_535)]
    public int ManagementPort { get; set; } = 3001;

    /// <summary>
    /// Where the operator's listener listens: <c>localhost</c>, or an IP address of this machine, <c>0.0.0.0</c> and <c>::</c> for all of
    /// them. Read at start only. Default <c>localhost</c>.
    /// </summary>
    public string ManagementAddress { get; set; } = "localhost";

    /// <summary>Whether <c>/metrics</c> is served on the public port as well. Default true.</summary>
    public bool PublicMetrics { get; set; } = true;

    /// <summary>Whether <c>/openapi/v1.json</c> is served on the public port as well. Default false.</summary>
    public bool PublicOpenApi { get; set; }

    /// <summary>
    /// Hosts that clients may ask for: names without a port, <c>*.example.com</c> for all below one. Others get 421. Default: none, any host
    /// is allowed.
    /// </summary>
    public List<string> AllowedHosts { get; set; } = [];

    /// <summary>
    /// Addresses (<c>10.0.0.5</c>) and networks (<c>10.0.0.0/8</c>) of proxies in front of the gateway, whose <c>X-Forwarded-For</c>,
    /// <c>-Proto</c> and <c>-Host</c> are believed. Default: none, the client is who connects.
    /// </summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>Whether one JSON line is written for each request. Default true.</summary>
    public bool AccessLog { get; set; } = true;

    /// <summary>
    /// Time between SIGTERM and the end of new work, during which <c>/ready</c> already says so: for load balancers that need
    /// a while to notice. Default 0.
    /// </summary>
    [DurationRange("00:00:00", "00:10:00")]
    public TimeSpan DrainDelay { get; set; }

    /// <summary>
    /// Whether <c>/ready</c> answers 503 while a cluster can't be reached. Off by default: the gateway's honest errors
    /// serve clients better than a load balancer without any gateway behind it.
    /// </summary>
    public bool ReadyRequiresUpstream { get; set; }

    /// <summary>Whether a configuration without any route and aggregation is meant. Default false: it is taken for a mistake.</summary>
    public bool AllowEmpty { get; set; }

    /// <summary>What the gateway takes upon itself: requests at once, connections, sizes and times of requests.</summary>
    public LimitsOptions Limits { get; set; } = new();

    /// <summary>Log levels by category, as the framework reads them.</summary>
    public LoggingOptions Logging { get; set; } = new();

    /// <summary>YARP's routes and clusters.</summary>
    public ReverseProxyOptions ReverseProxy { get; set; } = new();

    /// <summary>Circuit breakers by name.</summary>
    public Dictionary<string, BreakerOptions> CircuitBreakers { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Which web pages may read answers, by the name under which routes and aggregations refer to it.</summary>
    public Dictionary<string, CorsPolicyOptions> CorsPolicies { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By what clients can be known.</summary>
    public AuthenticationOptions Authentication { get; set; } = new();

    /// <summary>Which clients may use what, by the name under which routes and aggregations refer to it.</summary>
    public Dictionary<string, AuthorizationPolicyOptions> AuthorizationPolicies { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How much each client may have, by the name under which routes and aggregations refer to it.</summary>
    public Dictionary<string, RateLimiterPolicyOptions> RateLimiterPolicies { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>When reads that failed are tried again, by the name under which routes and aggregations refer to it.</summary>
    public Dictionary<string, RetryPolicyOptions> RetryPolicies { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Versions of the API by name: a prefix each, and what belongs to it. Default: none, paths are as routes and aggregations have them.</summary>
    public Dictionary<string, VersionOptions> Versions { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is kept of answers, by the name under which routes and aggregations refer to it.</summary>
    public Dictionary<string, OutputCachePolicyOptions> OutputCachePolicies { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Aggregations by name.</summary>
    public Dictionary<string, PublishedAggregationOptions> Aggregations { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Levels of the gateway's own log on standard output.</summary>
public sealed class LoggingOptions
{
    /// <summary>Minimum level by category prefix; <c>Default</c> stands for all others. Default: Information; the frameworks' Warning or higher.</summary>
    public Dictionary<string, LogLevel> LogLevel { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>YARP's configuration, in YARP's own types.</summary>
public sealed class ReverseProxyOptions
{
    /// <summary>Routes by name.</summary>
    public Dictionary<string, Yarp.ReverseProxy.Configuration.RouteConfig> Routes { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Clusters by name.</summary>
    public Dictionary<string, Yarp.ReverseProxy.Configuration.ClusterConfig> Clusters { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}
