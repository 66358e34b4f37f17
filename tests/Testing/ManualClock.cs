namespace EventGateway.Testing;

/// <summary>
/// A clock that stands still until it is told to move. It ticks at seven times the usual frequency, so that code
/// which takes a tick for 100 ns fails its tests, and its wall clock can jump without the monotonic one noticing.
/// </summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];    // guarded by _gate
    private TimeSpan _elapsed = TimeSpan.FromDays(1);   // guarded by _gate
    private DateTimeOffset _wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);   // guarded by _gate

    public override long TimestampFrequency => TimeSpan.TicksPerSecond * 7;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _elapsed.Ticks * 7;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _wall;
        }
    }

    /// <summary>Moves both clocks forward and fires, in order and on this thread, every timer that comes due.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate)
        {
            target = _elapsed + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
                MoveToLocked(due is null ? target : TimeSpan.FromTicks(Math.Max(due.Due.Ticks, _elapsed.Ticks)));
                due?.RescheduleLocked();
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    /// <summary>Corrects the wall clock, as NTP would. The monotonic clock doesn't notice.</summary>
    public void CorrectWallClock(TimeSpan by)
    {
        lock (_gate)
        {
            _wall += by;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void MoveToLocked(TimeSpan elapsed)
    {
        if (elapsed > _elapsed)   // another thread may have moved it further meanwhile
        {
            _wall += elapsed - _elapsed;
            _elapsed = elapsed;
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;   // guarded by the clock's gate

        public TimeSpan Due { get; private set; }   // guarded by the clock's gate

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._elapsed + dueTime;
                    clock._timers.Add(this);
                }
            }

            return true;
        }

        public void RescheduleLocked()
        {
            clock._timers.Remove(this);
            if (_period > TimeSpan.Zero)
            {
                Due += _period;
                clock._timers.Add(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
