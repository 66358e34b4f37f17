using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>A breaker as the file describes it: the library's settings, and what only HTTP knows.</summary>
public sealed class BreakerOptions : CircuitBreakerOptions
{
    /// <summary>
    /// The upstream's statuses that count as failures: numbers and ranges from 100 to 599, separated by commas,
    /// e.g. <c>429, 500-599</c>. Default <c>500-599</c>.
    /// </summary>
    public string FailureStatuses { get; set; } = StatusSet.ServerErrors.ToString();
}
