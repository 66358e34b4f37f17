namespace EventGateway.CircuitBreaking;

/// <summary>
/// The stretch between two transitions, with the facts that hold throughout. Each is a new object: a permit that points to an
/// earlier one is of an older generation.
/// </summary>
/// <param name="start">When it began, on the breaker's monotonic time line.</param>
/// <param name="since">When it began, by the wall clock. For display.</param>
internal abstract class Phase(TimeSpan start, DateTimeOffset since)
{
    public abstract CircuitState State { get; }

    public TimeSpan Start { get; } = start;

    public DateTimeOffset Since { get; } = since;
}

internal sealed class ClosedPhase(TimeSpan start, DateTimeOffset since) : Phase(start, since)
{
    public override CircuitState State => CircuitState.Closed;
}

/// <summary>An operator's <see cref="CircuitMode.ForcedOpen"/>.</summary>
internal sealed class ForcedOpenPhase(TimeSpan start, DateTimeOffset since) : Phase(start, since)
{
    public override CircuitState State => CircuitState.ForcedOpen;
}

/// <summary>An operator's <see cref="CircuitMode.Disabled"/>.</summary>
internal sealed class DisabledPhase(TimeSpan start, DateTimeOffset since) : Phase(start, since)
{
    public override CircuitState State => CircuitState.Disabled;
}

internal sealed class OpenPhase(TimeSpan start, DateTimeOffset since, TimeSpan wait) : Phase(start, since)
{
    public override CircuitState State => CircuitState.Open;

    public TimeSpan Wait { get; } = wait;

    /// <summary>What remains of the wait: zero or less once it is over.</summary>
    public TimeSpan Remaining(TimeSpan now) => Start + Wait - now;
}
