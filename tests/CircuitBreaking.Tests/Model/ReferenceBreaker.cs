namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>
/// The breaker as breaker.md tells it, plain and slow, for one thread. It moves its own clock and lives through every lease's end as
/// it comes, where the real one catches up when somebody looks; it marks calls as late one by one, where the real one compares phases.
/// </summary>
internal sealed class ReferenceBreaker(CircuitBreakerOptions options, DateTimeOffset epoch, Func<double> random)
{
    private CircuitBreakerOptions _options = options;
    private CircuitState _state = CircuitState.Closed;
    private TimeSpan _now;
    private TimeSpan _since;
    private TimeSpan _waitEnds;
    private int _openings;
    private int _successes;
    private List<TimeSpan> _failureTimes = [];
    private readonly List<ReferenceCall> _outstanding = [];
    private readonly List<ReferenceCall> _probes = [];

    public List<CircuitTransition> Transitions { get; } = [];

    public List<CircuitFailure> Failures { get; } = [];

    public List<(CallOutcome Outcome, CallCause Cause)> Calls { get; } = [];

    public List<CircuitState> Rejections { get; } = [];

    public List<CallOutcome> LateResults { get; } = [];

    public CircuitStatus Status => new(
        ShownState,
        epoch + (IsWaitOver ? _waitEnds : _since),
        ShownState == CircuitState.Open ? _waitEnds - _now : TimeSpan.Zero,
        _failureTimes.Count(t => _now - t <= _options.FailureWindow),
        _options.FailureThreshold,
        _openings,
        _probes.Count);

    /// <summary>How long until something happens by the clock alone.</summary>
    public TimeSpan? UntilNextDeadline =>
        _state == CircuitState.Open && !IsWaitOver ? _waitEnds - _now
        : _probes.Count > 0 ? _probes.Min(p => p.LeaseEnds!.Value) - _now
        : _failureTimes.Count > 0 && _failureTimes[0] + _options.FailureWindow >= _now ? _failureTimes[0] + _options.FailureWindow - _now
        : null;

    private bool IsWaitOver => _state == CircuitState.Open && _now >= _waitEnds;

    private CircuitState ShownState => IsWaitOver ? CircuitState.HalfOpen : _state;

    public void Advance(TimeSpan by)
    {
        var target = _now + by;
        while (_probes.Where(p => p.LeaseEnds <= target).MinBy(p => p.LeaseEnds) is { } probe)
        {
            _now = probe.LeaseEnds!.Value;
            probe.HasExpired = true;
            Calls.Add((CallOutcome.Failure, CallCause.Timeout));
            Failures.Add(new CircuitFailure(epoch + _now, CallCause.Timeout, null, probe.LeaseLength, null));
            Open(TransitionReason.ProbeTimeout, null);
        }

        _now = target;
    }

    public ReferenceCall? Acquire()
    {
        if (_state == CircuitState.Open && !IsWaitOver)
        {
            Rejections.Add(CircuitState.Open);
            return null;
        }

        if (_state == CircuitState.Open)
        {
            Move(CircuitState.HalfOpen, TransitionReason.WaitOver, null);
            _since = _waitEnds;
            _successes = 0;
        }

        if (_state == CircuitState.HalfOpen && _probes.Count >= _options.HalfOpenMaxProbes)
        {
            Rejections.Add(CircuitState.HalfOpen);
            return null;
        }

        var call = new ReferenceCall
        {
            LeaseEnds = _state == CircuitState.HalfOpen ? _now + _options.ProbeTimeout : null,
            LeaseLength = _options.ProbeTimeout,
        };
        _outstanding.Add(call);
        if (_state == CircuitState.HalfOpen)
        {
            _probes.Add(call);
        }

        return call;
    }

    public void Report(ReferenceCall call, CallResult result)
    {
        _outstanding.Remove(call);
        _probes.Remove(call);
        if (!call.HasExpired)
        {
            Calls.Add((result.Outcome, result.Cause));
        }

        if (call.IsLate)
        {
            LateResults.Add(result.Outcome);
        }
        else if (result.Outcome == CallOutcome.Failure)
        {
            Failures.Add(new CircuitFailure(epoch + _now, result.Cause, result.Status, result.Duration, result.TraceId));
            Fail(result.RetryAfter);
        }
        else if (result.Outcome == CallOutcome.Success && _state == CircuitState.HalfOpen)
        {
            _successes++;
            if (_successes >= _options.SuccessesToClose)
            {
                Move(CircuitState.Closed, TransitionReason.ProbesSucceeded, null);
                _openings = 0;
                _failureTimes = [];
            }
        }
    }

    public void Update(CircuitBreakerOptions options) => _options = options;

    private void Fail(TimeSpan? retryAfter)
    {
        if (_state == CircuitState.HalfOpen)
        {
            Open(TransitionReason.ProbeFailed, retryAfter);
            return;
        }

        _failureTimes = [.. _failureTimes.Append(_now).TakeLast(_options.FailureThreshold)];
        if (_failureTimes.Count == _options.FailureThreshold && _failureTimes[^1] - _failureTimes[0] <= _options.FailureWindow)
        {
            Open(TransitionReason.FailureThreshold, retryAfter);
        }
    }

    private void Open(TransitionReason reason, TimeSpan? retryAfter)
    {
        _openings++;
        var nominal = _options.ResetTimeout;
        for (var i = 1; i < _openings && nominal < _options.MaxResetTimeout; i++)
        {
            nominal *= 2;
        }

        nominal = Shorter(nominal, _options.MaxResetTimeout);
        var wait = new TimeSpan((long)(nominal.Ticks * (1 - (_options.Jitter * random()))));
        if (retryAfter is { } asked && Shorter(asked, _options.MaxResetTimeout) > wait)
        {
            wait = Shorter(asked, _options.MaxResetTimeout);
        }

        Move(CircuitState.Open, reason, wait);
        _waitEnds = _now + wait;
    }

    private void Move(CircuitState to, TransitionReason reason, TimeSpan? wait)
    {
        var until = to == CircuitState.HalfOpen ? _waitEnds : _now;
        Transitions.Add(new CircuitTransition(Transitions.Count + 1, epoch + _now, _state, to, reason, wait, until - _since));
        _state = to;
        _since = _now;
        _probes.Clear();
        foreach (var call in _outstanding)
        {
            call.IsLate = true;
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
