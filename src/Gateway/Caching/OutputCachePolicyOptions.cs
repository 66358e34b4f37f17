using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.Caching;

/// <summary>What is kept of the answers to GET, for how long, and for whom.</summary>
public sealed class OutputCachePolicyOptions
{
    /// <summary>How long an answer may serve others, 1 ms to 1 day; what the upstream says of it can only make that shorter.</summary>
    [Required]
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan? Duration { get; set; }

    /// <summary>Query parameters that make another answer; <c>*</c> alone and no list at all: all of them. An empty list: none.</summary>
    public List<string>? VaryByQuery { get; set; }

    /// <summary>Request headers that make another answer, besides those that the upstream names in <c>Vary</c>.</summary>
    public List<string> VaryByHeader { get; set; } = [];

    /// <summary>Whether each caller has answers of its own: by its credentials. Default false: answers to callers with credentials aren't kept.</summary>
    public bool VaryByCaller { get; set; }

    /// <summary>Bytes of the largest body that is kept; 0 to 67 108 864. Default 1 048 576.</summary>
    [Range(0, 67_108_864)]
    public int MaxBodySize { get; set; } = 1_048_576;

    /// <summary>How long after its time an answer may still serve where the upstream fails, 0 to 7 days. Default 0: not at all.</summary>
    [DurationRange("00:00:00", "7.00:00:00")]
    public TimeSpan StaleIfError { get; set; }

    /// <summary>Names by which an operator can have the answers of several routes forgotten.</summary>
    public List<string> Tags { get; set; } = [];
}
