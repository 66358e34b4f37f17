namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>
/// The breaker as breaker.md tells it, plain and slow, for one thread. It moves its own clock and lives through every lease's end as
/// it comes, where the real one catches up when somebody looks; it marks calls as late one by one, where the real one compares phases.
/// </summary>
internal sealed class ReferenceBreaker(CircuitBreakerOptions options, DateTimeOffset epoch, Func<double> random)
{
    private CircuitBreakerOptions _options = options;
    private (CircuitMode Mode, TimeSpan Since, TimeSpan Ends, string Reason)? _override;
    private CircuitState _state = StateOf(options.Mode);
    private TimeSpan _now;
    private TimeSpan _since;
    private TimeSpan _shownSince;
    private TimeSpan _waitEnds;
    private int _openings;
    private int _successes;
    private List<TimeSpan> _failureTimes = [];
    private List<(TimeSpan At, bool Failed, bool Slow)> _calls = [];
    private readonly List<ReferenceCall> _outstanding = [];
    private readonly List<ReferenceCall> _probes = [];

    public List<CircuitTransition> Transitions { get; } = [];

    public List<CircuitFailure> Failures { get; } = [];

    public List<(CallOutcome Outcome, CallCause Cause)> Calls { get; } = [];

    public List<CircuitState> Rejections { get; } = [];

    public List<CallOutcome> LateResults { get; } = [];

    /// <summary>What the last rejected call was told.</summary>
    public CircuitRejection Rejection { get; private set; }

    public CircuitStatus Status => new(
        IsSimulating ? CircuitState.MetricsOnly : StateByTheClock,
        epoch + (IsWaitOver && !IsSimulating ? _waitEnds : _shownSince),
        StateByTheClock == CircuitState.Open ? _waitEnds - _now : TimeSpan.Zero,
        _failureTimes.Count(t => _now - t <= _options.FailureWindow),
        _options.FailureThreshold,
        _options.FailureRatio,
        _options.SlowCallRatio,
        _options.MinimumCalls,
        _openings,
        _probes.Count,
        Mode,
        CountsCalls(_options) ? Window : null,
        _override is { } o ? new CircuitOverride(o.Mode, epoch + o.Since, epoch + o.Ends, o.Ends - _now, o.Reason) : null);

    /// <summary>How long until something happens by the clock alone.</summary>
    public TimeSpan? UntilNextDeadline =>
        _state == CircuitState.Open && !IsWaitOver ? _waitEnds - _now
        : _probes.Count > 0 ? _probes.Min(p => p.LeaseEnds!.Value) - _now
        : _override is { } o ? o.Ends - _now
        : _calls.Count > 0 ? TimeSpan.FromTicks((long)decimal.Ceiling((TenthOf(_now) + 1) * Tenth)) - _now
        : _failureTimes.Count > 0 && _failureTimes[0] + _options.FailureWindow >= _now ? _failureTimes[0] + _options.FailureWindow - _now
        : null;

    private bool IsWaitOver => _state == CircuitState.Open && _now >= _waitEnds;

    private CircuitState StateByTheClock => IsWaitOver ? CircuitState.HalfOpen : _state;

    private CircuitMode Mode => _override?.Mode ?? _options.Mode;

    private bool IsSimulating => Mode == CircuitMode.MetricsOnly;

    private decimal Tenth => _options.FailureWindow.Ticks / 10m;

    private WindowTotals Window
    {
        get
        {
            var calls = _calls.Where(c => TenthOf(c.At) > TenthOf(_now) - 10).ToList();
            return new WindowTotals(calls.Count, calls.Count(c => c.Failed), calls.Count(c => c.Slow));
        }
    }

    public void Advance(TimeSpan by)
    {
        var target = _now + by;
        if (_override is { } o && o.Ends <= target)
        {
            AdvanceTo(o.Ends);
            SetMode(_options, null);
        }

        AdvanceTo(target);
    }

    public void Override(CircuitMode mode, TimeSpan length, string reason) => SetMode(_options, (mode, _now, _now + length, reason));

    public void Reset()
    {
        if (IsWaitOver)
        {
            EndWait();
        }

        if (_state is CircuitState.Open or CircuitState.HalfOpen)
        {
            Move(CircuitState.Closed, TransitionReason.Reset, null);
        }

        Forget();
        SetMode(_options, null);
    }

    private void AdvanceTo(TimeSpan target)
    {
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
        if (_state == CircuitState.Disabled)
        {
            return new ReferenceCall { IsUncounted = true };
        }

        if (_state == CircuitState.ForcedOpen)
        {
            var isOverridden = _override is not null && _options.Mode != CircuitMode.ForcedOpen;
            return Reject(CircuitState.ForcedOpen, isOverridden ? Shorter(_override!.Value.Ends - _now, _options.MaxResetTimeout) : _options.MaxResetTimeout);
        }

        if (_state == CircuitState.Open && !IsWaitOver)
        {
            return Reject(CircuitState.Open, _waitEnds - _now);
        }

        if (_state == CircuitState.Open)
        {
            EndWait();
        }

        if (_state == CircuitState.HalfOpen && _probes.Count >= _options.HalfOpenMaxProbes)
        {
            return Reject(CircuitState.HalfOpen, TimeSpan.Zero);
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
        if (call.IsUncounted)
        {
            return;
        }

        if (!call.HasExpired)
        {
            Calls.Add((result.Outcome, result.Cause));
        }

        if (call.IsLate)
        {
            LateResults.Add(result.Outcome);
        }
        else if (!call.IsUnjudged && result.Outcome is CallOutcome.Success or CallOutcome.Failure)
        {
            if (result.Outcome == CallOutcome.Failure)
            {
                Failures.Add(new CircuitFailure(epoch + _now, result.Cause, result.Status, result.Duration, result.TraceId));
            }

            Judge(result);
        }
    }

    public void Update(CircuitBreakerOptions options)
    {
        if (options.FailureWindow != _options.FailureWindow)
        {
            _calls = [.. _calls.Where(c => TenthOf(c.At) > TenthOf(_now) - 10)
                .Select(c => c with { At = TimeSpan.FromTicks((long)decimal.Floor(TenthOf(c.At) * Tenth)) })];
        }

        if (!CountsCalls(options))
        {
            _calls = [];
        }

        SetMode(options, _override);
    }

    private void SetMode(CircuitBreakerOptions options, (CircuitMode Mode, TimeSpan Since, TimeSpan Ends, string Reason)? term)
    {
        var isAnother = (term?.Mode ?? options.Mode) != Mode;
        if (isAnother && IsWaitOver)
        {
            EndWait();
        }

        var shown = Status.State;
        (_options, _override) = (options, term);
        if (isAnother)
        {
            ChangeMode(shown);
        }
    }

    private void ChangeMode(CircuitState shown)
    {
        var to = StateOf(Mode);
        if (to != CircuitState.Closed || _state is CircuitState.ForcedOpen or CircuitState.Disabled)
        {
            if (to == CircuitState.Closed)
            {
                Forget();
            }

            Enter(to);
        }

        var wait = Status.State == CircuitState.Open ? _waitEnds - _now : (TimeSpan?)null;
        Transitions.Add(new CircuitTransition(
            Transitions.Count + 1, epoch + _now, shown, Status.State, TransitionReason.ModeChanged, wait, _now - _shownSince));
        _shownSince = _now;
    }

    private ReferenceCall? Reject(CircuitState state, TimeSpan wait)
    {
        Rejections.Add(IsSimulating ? CircuitState.MetricsOnly : state);
        Rejection = new CircuitRejection(state, wait);
        return IsSimulating ? new ReferenceCall { IsUnjudged = true } : null;
    }

    private void EndWait()
    {
        Move(CircuitState.HalfOpen, TransitionReason.WaitOver, null);
        _successes = 0;
    }

    private void Judge(CallResult result)
    {
        var failed = result.Outcome == CallOutcome.Failure;
        if (_state == CircuitState.HalfOpen)
        {
            JudgeProbe(failed, result.RetryAfter);
            return;
        }

        var slow = result.Latency >= _options.SlowCallDuration;
        if (CountsCalls(_options))
        {
            _calls.Add((_now, failed, slow));
        }

        var enough = Window.Calls >= _options.MinimumCalls;
        if (failed)
        {
            _failureTimes = [.. _failureTimes.Append(_now).TakeLast(_options.FailureThreshold)];
            if (_failureTimes.Count == _options.FailureThreshold && _failureTimes[^1] - _failureTimes[0] <= _options.FailureWindow
                && (_options.MinimumFailureRatio == 0 || Window.Failures >= (decimal)_options.MinimumFailureRatio * Window.Calls))
            {
                Open(TransitionReason.FailureThreshold, result.RetryAfter);
                return;
            }

            if (enough && _options.FailureRatio is { } failures && Window.Failures >= (decimal)failures * Window.Calls)
            {
                Open(TransitionReason.FailureRatio, result.RetryAfter);
                return;
            }
        }

        if (slow && enough && _options.SlowCallRatio is { } slows && Window.SlowCalls >= (decimal)slows * Window.Calls)
        {
            Open(TransitionReason.SlowCallRatio, result.RetryAfter);
        }
    }

    private void JudgeProbe(bool failed, TimeSpan? retryAfter)
    {
        if (failed)
        {
            Open(TransitionReason.ProbeFailed, retryAfter);
        }
        else if (++_successes >= _options.SuccessesToClose)
        {
            Move(CircuitState.Closed, TransitionReason.ProbesSucceeded, null);
            Forget();
        }
    }

    private void Forget()
    {
        _openings = 0;
        _failureTimes = [];
        _calls = [];
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
        Transitions.Add(new CircuitTransition(
            Transitions.Count + 1, epoch + _now, _state, to, reason, wait, until - (IsSimulating ? _since : _shownSince), IsSimulating));
        Enter(to);
        _since = until;
        if (!IsSimulating)
        {
            _shownSince = until;
        }
    }

    private void Enter(CircuitState state)
    {
        _state = state;
        _since = _now;
        _probes.Clear();
        foreach (var call in _outstanding)
        {
            call.IsLate = true;
        }
    }

    private long TenthOf(TimeSpan at) => (long)decimal.Floor(at.Ticks / Tenth);

    private static bool CountsCalls(CircuitBreakerOptions options) =>
        options.MinimumFailureRatio > 0 || options.FailureRatio is not null || options.SlowCallRatio is not null;

    private static CircuitState StateOf(CircuitMode mode) => mode switch
    {
        CircuitMode.ForcedOpen => CircuitState.ForcedOpen,
        CircuitMode.Disabled => CircuitState.Disabled,
        _ => CircuitState.Closed,
    };

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
