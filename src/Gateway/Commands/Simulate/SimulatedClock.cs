namespace EventGateway.Gateway.Commands.Simulate;

/// <summary>A clock that begins at zero and moves when it is told to.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    public TimeSpan Elapsed { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;

    public void Advance(TimeSpan by) => Elapsed += by;

    /// <summary>Which moment of this clock a wall time is.</summary>
    public static TimeSpan MomentOf(DateTimeOffset wallTime) => wallTime - DateTimeOffset.UnixEpoch;
}
