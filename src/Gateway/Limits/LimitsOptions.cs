using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Limits;

/// <summary>What the gateway as a whole takes upon itself. The first three and the cache's follow edits, the server's own are read at start only.</summary>
public sealed record LimitsOptions : IValidatableObject
{
    private const int OneMebibyte = 1_048_576;   // Kestrel's buffer for a request, which its head has to fit into

    private const int DefaultOutputCacheSize = 67_108_864;

    // The defaults are the server's own.
    private static readonly KestrelServerLimits Server = new();

    /// <summary>Requests at once; 1 to 1 000 000. Health, metrics and management aren't among them. Default: no limit.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrentRequests { get; set; }

    /// <summary>Requests that may wait for one of those to end; 0 to 1 000 000. Default 0: they are refused at once.</summary>
    [Range(0, 1_000_000)]
    public int? MaxQueuedRequests { get; set; }

    /// <summary>How long one waits at most, and what a refused client's <c>Retry-After</c> says. 1 ms to 1 day, default 1 s.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan? QueueTimeout { get; set; }

    /// <summary>Connections to each listener; further ones are closed at once. Default: no limit.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrentConnections { get; set; }

    /// <summary>Connections that have become WebSockets or the like. Default: no limit.</summary>
    [Range(0, 1_000_000)]
    public int? MaxConcurrentUpgradedConnections { get; set; }

    /// <summary>Bytes of a request's headers together; 1 024 to 1 048 576. Default 32 768.</summary>
    [Range(1024, OneMebibyte)]
    public int MaxRequestHeadersTotalSize { get; set; } = Server.MaxRequestHeadersTotalSize;

    /// <summary>Headers of a request; 1 to 10 000. Default 100.</summary>
    [Range(1, 10_000)]
    public int MaxRequestHeaderCount { get; set; } = Server.MaxRequestHeaderCount;

    /// <summary>Bytes of a request line; 128 to 1 048 576. Default 8 192.</summary>
    [Range(128, OneMebibyte)]
    public int MaxRequestLineSize { get; set; } = Server.MaxRequestLineSize;

    /// <summary>Time from the first byte of a request until its last header. Default 30 s.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan RequestHeadersTimeout { get; set; } = Server.RequestHeadersTimeout;

    /// <summary>Time that a connection may stay without a request. Default 130 s.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = Server.KeepAliveTimeout;

    /// <summary>How slowly a client may send a body.</summary>
    public DataRateOptions MinRequestBodyDataRate { get; set; } = new();

    /// <summary>How slowly a client may read an answer.</summary>
    public DataRateOptions MinResponseDataRate { get; set; } = new();

    /// <summary>Bytes that all answers in the output cache may take together; 0 to 2 147 483 647. Default 67 108 864.</summary>
    [Range(0, int.MaxValue)]
    public int MaxOutputCacheSize { get; set; } = DefaultOutputCacheSize;

    /// <summary>What holds for HTTP/2 alone.</summary>
    public Http2LimitsOptions Http2 { get; set; } = new();

    /// <summary>What is read at start only.</summary>
    internal LimitsOptions OfServer => this with
    {
        MaxConcurrentRequests = null,
        MaxQueuedRequests = null,
        QueueTimeout = null,
        MaxOutputCacheSize = DefaultOutputCacheSize,
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxConcurrentRequests is null && MaxQueuedRequests is not null)
        {
            yield return Pointless(nameof(MaxQueuedRequests));
        }

        if (MaxConcurrentRequests is null && QueueTimeout is not null)
        {
            yield return Pointless(nameof(QueueTimeout));
        }
    }

    private static ValidationResult Pointless(string key) =>
        new($"{key} has no effect without {nameof(MaxConcurrentRequests)}.", [key, nameof(MaxConcurrentRequests)]);
}

/// <summary>A rate below which a connection is closed.</summary>
public sealed record DataRateOptions
{
    /// <summary>Bytes in a second, on average; 0 for no limit, at most 1 000 000. Default 240.</summary>
    [Range(0, 1_000_000)]
    public double BytesPerSecond { get; set; } = 240;

    /// <summary>Time before the rate is measured; above 1 s, the interval at which the server looks. Default 5 s.</summary>
    [DurationRange("00:00:01.001", "1.00:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(5);

    internal MinDataRate? ToMinDataRate() => BytesPerSecond > 0 ? new MinDataRate(BytesPerSecond, GracePeriod) : null;
}

/// <summary>Limits of HTTP/2 connections.</summary>
public sealed record Http2LimitsOptions
{
    /// <summary>Requests at once on one connection; 1 to 10 000. Default 100.</summary>
    [Range(1, 10_000)]
    public int MaxStreamsPerConnection { get; set; } = new KestrelServerLimits().Http2.MaxStreamsPerConnection;
}
