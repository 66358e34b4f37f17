using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>How much each client may have. Which of the keys go together is <see cref="Kind"/>'s to say.</summary>
public sealed class RateLimiterPolicyOptions
{
    /// <summary>What is limited: requests in a time, or requests at once.</summary>
    [Required]
    public RateLimiterKind? Kind { get; set; }

    /// <summary>What tells one client from another. Default: the address of its connection.</summary>
    public RateLimiterPartition PartitionBy { get; set; }

    /// <summary>The header whose value tells them apart, where <see cref="PartitionBy"/> is <see cref="RateLimiterPartition.Header"/>.</summary>
    public string? Header { get; set; }

    /// <summary>Requests in a window, in a full bucket, or at once; 1 to 1 000 000.</summary>
    [Required]
    [Range(1, 1_000_000)]
    public int? PermitLimit { get; set; }

    /// <summary>The time for which the limit holds, 1 ms to 1 day. Windows only, and they need it.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan? Window { get; set; }

    /// <summary>Parts in which a sliding window moves on; 2 to 100, default 10.</summary>
    [Range(2, 100)]
    public int SegmentsPerWindow { get; set; } = 10;

    /// <summary>Requests that a bucket gains in each period, evenly; 1 to 1 000 000. Buckets need it.</summary>
    [Range(1, 1_000_000)]
    public int? TokensPerPeriod { get; set; }

    /// <summary>The time in which a bucket gains them, 1 ms to 1 day. Buckets need it.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan? ReplenishmentPeriod { get; set; }

    /// <summary>Requests that may wait for one of those at once to end; 0 to 1 000 000, default 0.</summary>
    [Range(0, 1_000_000)]
    public int QueueLimit { get; set; }

    /// <summary>How long one waits at most, and what a refused client's <c>Retry-After</c> says. 1 ms to 1 day, default 1 s.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Clients that are remembered; the one that came least recently is forgotten for a new one. 1 to 1 000 000, default 10 000.</summary>
    [Range(1, 1_000_000)]
    public int MaxPartitions { get; set; } = 10_000;
}

/// <summary>What a policy limits.</summary>
public enum RateLimiterKind
{
    /// <summary>Requests in a window that begins with the first of them.</summary>
    FixedWindow,

    /// <summary>Requests in a window that moves on in segments.</summary>
    SlidingWindow,

    /// <summary>Requests from a bucket that fills up evenly.</summary>
    TokenBucket,

    /// <summary>Requests at once.</summary>
    Concurrency,
}

/// <summary>What tells one client from another.</summary>
public enum RateLimiterPartition
{
    /// <summary>The address of its connection.</summary>
    ClientAddress,

    /// <summary>Whose API key it is.</summary>
    ApiKey,

    /// <summary>The subject of its token.</summary>
    Subject,

    /// <summary>The value of a header.</summary>
    Header,
}
