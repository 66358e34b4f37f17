using System.ComponentModel.DataAnnotations;

namespace EventGateway.Aggregator;

/// <summary>
/// One aggregation, as the operator's file says it. The attributes hold for single values;
/// <see cref="AggregationPlan.Compile"/> checks how the values fit together.
/// </summary>
public class AggregationOptions
{
    /// <summary>Which requests are answered.</summary>
    [Required]
    public AggregationMatchOptions Match { get; set; } = new();

    /// <summary>The calls, at least one. A step may use the answers of steps before it.</summary>
    [Required]
    public List<StepOptions> Steps { get; set; } = [];

    /// <summary>What the answer is made of.</summary>
    [Required]
    public OutputOptions Output { get; set; } = new();

    /// <summary>What a failed part does to the answer. Default: <see cref="AggregationMode.FailFast"/>.</summary>
    [EnumDataType(typeof(AggregationMode))]
    public AggregationMode Mode { get; set; }

    /// <summary>Time that all calls together may take. Default 10 s, at least 1 ms, at most one day.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Bytes, after decoding, that the parts of one request may hold together, and bytes that its answer may have
    /// (repeated ids make it larger than its parts). Default 16 MiB, at least 1.
    /// </summary>
    [Range(1.0, 1_073_741_824.0)]   // as numbers with a fraction: whole ones would overflow before they are out of range
    public long MaxTotalBytes { get; set; } = 16 * 1024 * 1024;
}
