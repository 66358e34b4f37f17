namespace EventGateway.Gateway.Proxying;

/// <summary>What this gateway knows in a route's <c>Metadata</c>. Each property is a key.</summary>
internal sealed class RouteMetadata
{
    /// <summary>Name of the <see cref="Requests.RequestBodyPolicy"/> that checks the bodies. Default: none, bodies are streamed.</summary>
    public string? RequestBody { get; set; }

    /// <summary>
    /// Time from sending a call until its response headers have arrived, 1 ms to 1 day. Default: none but <c>Timeout</c>, which is the
    /// time for everything, and the cluster's <c>ActivityTimeout</c>.
    /// </summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan? AttemptTimeout { get; set; }

    /// <summary>Name of the <c>RetryPolicies</c> entry that says when reads are tried again. Default: none, a call is made once.</summary>
    public string? RetryPolicy { get; set; }

    /// <summary>Whether answers that came plain are compressed (br, gzip) for clients that take it, unless a secret may be in them. Default false.</summary>
    public bool Compress { get; set; }

    /// <summary>Name of the <c>OutputCachePolicies</c> entry that says what is kept of the answers. Default: none, nothing is.</summary>
    public string? OutputCachePolicy { get; set; }
}
