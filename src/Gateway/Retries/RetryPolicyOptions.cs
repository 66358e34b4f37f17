using System.ComponentModel.DataAnnotations;

namespace EventGateway.Gateway.Retries;

/// <summary>When a read that failed is tried again, how soon, and how many of all may be.</summary>
public sealed class RetryPolicyOptions
{
    /// <summary>Attempts at one call, the first one included; 2 to 5, default 2.</summary>
    [Range(2, 5)]
    public int MaxAttempts { get; set; } = 2;

    /// <summary>
    /// Statuses after which the upstream is asked again: numbers and ranges from 500 to 599. Default <c>502-504</c>; an empty text is none.
    /// </summary>
    public string Statuses { get; set; } = "502-504";

    /// <summary>The longest wait before the second attempt, which doubles with each further one; a random part of it is waited. 0 to 10 s, default 25 ms.</summary>
    [DurationRange("00:00:00", "00:00:10")]
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>The longest wait before any attempt; 0 to 10 s, default 250 ms.</summary>
    [DurationRange("00:00:00", "00:00:10")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Retries within <see cref="BudgetWindow"/>, as a share of the calls within it; 0 to 1, default 0.2.</summary>
    [Range(0.0, 1.0)]
    public double Budget { get; set; } = 0.2;

    /// <summary>The time over which calls and retries are counted, 1 s to 5 min. Default 10 s.</summary>
    [DurationRange("00:00:01", "00:05:00")]
    public TimeSpan BudgetWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Retries within <see cref="BudgetWindow"/> that are allowed however few calls there are; 0 to 1 000, default 10.</summary>
    [Range(0, 1_000)]
    public int MinRetries { get; set; } = 10;
}
