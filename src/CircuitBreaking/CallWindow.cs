namespace EventGateway.CircuitBreaking;

/// <summary>
/// How many calls of late, and how many of them failed or were slow. Any thread may add a quick success; the others are added under the
/// gate of the breaker that owns it, so that for a judgement only quick successes can still be coming in.
/// </summary>
internal sealed class CallWindow
{
    private readonly RollingCount _calls;
    private readonly RollingCount _failures;
    private readonly RollingCount _slow;

    public CallWindow(TimeSpan length)
        : this(length, new RollingCount(length), new RollingCount(length), new RollingCount(length))
    {
    }

    private CallWindow(TimeSpan length, RollingCount calls, RollingCount failures, RollingCount slow)
    {
        Length = length;
        _calls = calls;
        _failures = failures;
        _slow = slow;
    }

    public TimeSpan Length { get; }

    public void Add(TimeSpan now, bool failed, bool slow)
    {
        _calls.Add(now);
        if (failed)
        {
            _failures.Add(now);
        }

        if (slow)
        {
            _slow.Add(now);
        }
    }

    public WindowTotals Total(TimeSpan now) => new(_calls.Total(now), _failures.Total(now), _slow.Total(now));

    /// <summary>With another length. A quick success that is added at this very moment may be left behind.</summary>
    public CallWindow Resized(TimeSpan length, TimeSpan now) =>
        new(length, _calls.Resized(length, now), _failures.Resized(length, now), _slow.Resized(length, now));
}
