namespace EventGateway.CircuitBreaking;

/// <summary>A time line of its own, from the moment it was made: corrections of the wall clock don't move it.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>The wall time of a moment on this line, by the wall clock of today. For display.</summary>
    public DateTimeOffset WallTimeOf(TimeSpan moment) => time.GetUtcNow() - (Now - moment);
}
