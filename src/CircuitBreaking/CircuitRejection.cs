namespace EventGateway.CircuitBreaking;

/// <summary>Why a call got no permit.</summary>
/// <param name="State"><see cref="CircuitState.Open"/>, <see cref="CircuitState.HalfOpen"/> or <see cref="CircuitState.ForcedOpen"/>.</param>
/// <param name="RetryAfter">
/// What remains of the wait: positive while open, zero while half-open. While forced open nobody knows:
/// <see cref="CircuitBreakerOptions.MaxResetTimeout"/>.
/// </param>
public readonly record struct CircuitRejection(CircuitState State, TimeSpan RetryAfter);
