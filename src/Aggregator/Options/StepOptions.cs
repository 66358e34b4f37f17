using System.ComponentModel.DataAnnotations;

namespace EventGateway.Aggregator;

/// <summary>One call of an aggregation, or one call for each item of a list.</summary>
public sealed class StepOptions
{
    /// <summary>Name by which other steps, the output, errors and metrics speak of the step. Has no <c>#</c>.</summary>
    [Required]
    public string Id { get; set; } = "";

    /// <summary>The cluster that is called.</summary>
    [Required]
    public string Cluster { get; set; } = "";

    /// <summary>
    /// Path, and perhaps query, of the call. Placeholders name parameters of the match path, or <c>{item}</c>;
    /// each becomes URL-encoded text that can't leave its segment.
    /// </summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>
    /// An earlier step that isn't repeated itself, and a JSON Pointer (RFC 6901) to an array in its answer:
    /// <c>user#/events</c>. The step is called once for each distinct entry. Default: one call.
    /// </summary>
    public string? ForEach { get; set; }

    /// <summary>Most calls of this step at one time. Default 256, from 1 to 10 000.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrency { get; set; } = 256;

    /// <summary>Most entries, repeated ones included. More are an error, never a cut. Default 10 000, from 1 to 1 000 000.</summary>
    [Range(1, 1_000_000)]
    public int MaxItems { get; set; } = 10_000;

    /// <summary>Time for one call, body included. Default 5 s, at least 1 ms, at most the aggregation's total.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most bytes of one answer, after decoding. Default 1 MiB, at least 1.</summary>
    [Range(1.0, 1_073_741_824.0)]   // as numbers with a fraction: whole ones would overflow before they are out of range
    public long MaxBytes { get; set; } = 1024 * 1024;

    /// <summary>Headers of the client's request that are passed on besides the gateway's allow-list. Default: none.</summary>
    public List<string> Headers { get; set; } = [];

    /// <summary>The circuit breaker that guards the calls. Default: none.</summary>
    public string? CircuitBreaker { get; set; }

    /// <summary>
    /// Whether requests of one caller that make the same call at the same time make it once, and all get what came of it. Default false.
    /// </summary>
    public bool ShareCalls { get; set; }
}
