namespace EventGateway.CircuitBreaking;

/// <summary>Why a call got no permit.</summary>
/// <param name="State"><see cref="CircuitState.Open"/> or <see cref="CircuitState.HalfOpen"/>.</param>
/// <param name="RetryAfter">What remains of the wait: positive while open, zero while half-open.</param>
public readonly record struct CircuitRejection(CircuitState State, TimeSpan RetryAfter);
