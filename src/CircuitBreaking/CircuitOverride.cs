namespace EventGateway.CircuitBreaking;

/// <summary>An operator's word above <see cref="CircuitBreakerOptions.Mode"/>, for a while. It outlasts <see cref="CircuitBreaker.Update"/>.</summary>
/// <param name="Mode">The mode that holds meanwhile.</param>
/// <param name="Since">Wall time at which it began.</param>
/// <param name="Until">Wall time at which it ends. For display: the end itself goes by the monotonic clock.</param>
/// <param name="Remaining">How long it still holds.</param>
/// <param name="Reason">The operator's words.</param>
public sealed record CircuitOverride(CircuitMode Mode, DateTimeOffset Since, DateTimeOffset Until, TimeSpan Remaining, string Reason);
