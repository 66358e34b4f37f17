using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.Limits;

/// <summary>What this gateway knows in a cluster's <c>Metadata</c>. Each property is a key.</summary>
internal sealed class ClusterMetadata : IValidatableObject
{
    /// <summary>Calls in flight at once, of routes and aggregations together; 1 to 1 000 000. Default: no limit.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrentCalls { get; set; }

    /// <summary>Calls that may wait for a place; 0 to 1 000 000. Default 0: what finds no place is refused at once.</summary>
    [Range(0, 1_000_000)]
    public int? MaxQueuedCalls { get; set; }

    /// <summary>How long one waits at most, and what a refused client's <c>Retry-After</c> says. 1 ms to 1 day, default 1 s.</summary>
    [DurationRange("00:00:00.001", "1.00:00:00")]
    public TimeSpan? QueueTimeout { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxConcurrentCalls is null && MaxQueuedCalls is not null)
        {
            yield return Pointless(nameof(MaxQueuedCalls));
        }

        if (MaxConcurrentCalls is null && QueueTimeout is not null)
        {
            yield return Pointless(nameof(QueueTimeout));
        }
    }

    private static ValidationResult Pointless(string key) =>
        new($"{key} has no effect without {nameof(MaxConcurrentCalls)}.", [key, nameof(MaxConcurrentCalls)]);
}
