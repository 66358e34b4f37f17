namespace EventGateway.CircuitBreaking;

/// <summary>A time line of its own, from the moment it was made: corrections of the wall clock don't move it.</summary>
internal sealed class MonotonicClock
{
    // Linux ticks at least a hundred times a second; the rest of a millisecond is cut off.
    private const int LongestTick = 11;

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly long _originTick;
    private readonly bool _hasTicks;   // only on Linux are ticks and timestamps known to be of one clock

    public MonotonicClock(TimeProvider time)
    {
        _time = time;
        _hasTicks = time == TimeProvider.System && OperatingSystem.IsLinux();
        do
        {
            _originTick = Environment.TickCount64;
            _origin = time.GetTimestamp();
        }
        while (_hasTicks && Environment.TickCount64 != _originTick);   // the thread may have been made to wait in between
    }

    public TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <summary>
    /// As of the system's last tick: some hundredths of a second before <see cref="Now"/>, and more on a machine that itself has to wait for its
    /// processors. Takes 7 ns where <see cref="Now"/> takes 25.
    /// </summary>
    public TimeSpan LittleBefore =>
        _hasTicks ? new TimeSpan((Environment.TickCount64 - _originTick - LongestTick) * TimeSpan.TicksPerMillisecond) : Now;

    /// <summary>The wall time of a moment on this line, by the wall clock of today. For display.</summary>
    public DateTimeOffset WallTimeOf(TimeSpan moment) => _time.GetUtcNow() - (Now - moment);
}
