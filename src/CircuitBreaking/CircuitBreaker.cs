using System.Diagnostics.CodeAnalysis;

namespace EventGateway.CircuitBreaking;

/// <summary>
/// Stops calls to an upstream that keeps failing, and lets a few probes find out when it is well again. Ask
/// <see cref="TryAcquire"/> before each call and <see cref="Record"/> what became of it. Safe for any number of threads; while closed
/// a call that doesn't fail takes no lock and allocates nothing.
/// </summary>
public sealed partial class CircuitBreaker
{
    private static readonly TimeSpan LastSecond = TimeSpan.FromSeconds(1);

    private readonly MonotonicClock _clock;
    private readonly Func<double> _random;
    private readonly CircuitCounters _counters = new();
    private readonly TransitionPublisher _publisher = new();

    private readonly Lock _gate = new();
    private volatile Phase _phase;   // written under _gate, read anywhere

    /// <summary>Makes a closed circuit breaker.</summary>
    /// <param name="name">What it is called in logs and metrics.</param>
    /// <param name="options">Its settings, of which it keeps a copy.</param>
    /// <param name="time">Its clock. Durations go by timestamps; wall time is only shown.</param>
    /// <param name="random">Draws the jitter from [0,1), once each time the breaker opens. Must neither throw nor block.</param>
    /// <exception cref="ArgumentException">The name is empty, or the options are invalid: the message lists every problem.</exception>
    public CircuitBreaker(string name, CircuitBreakerOptions options, TimeProvider time, Func<double> random)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        _options = options.ValidatedCopy();
        _clock = new MonotonicClock(time);
        _random = random;
        _modeSet = _clock.Now;
        _modeSetWall = _clock.WallTimeOf(_modeSet);
        _phase = PhaseOf(_options.Mode, _modeSet, _modeSetWall);
        _calls = CallsFor(_options, null, _modeSet);
    }

    /// <summary>
    /// Told about every transition, outside the lock, one at a time and in the order of <see cref="CircuitTransition.Sequence"/>, on
    /// a thread that is using the breaker: so be quick. A listener may use the breaker. What it throws is dropped, and the other
    /// listeners and later transitions are told all the same.
    /// </summary>
    [SuppressMessage("Design", "CA1003:Use generic event handler instances", Justification = "A transition is the whole message.")]
    public event Action<CircuitTransition>? Transitioned
    {
        add => _publisher.Transitioned += value;
        remove => _publisher.Transitioned -= value;
    }

    /// <summary>What it is called in logs and metrics.</summary>
    public string Name { get; }

    /// <summary>The failures that counted, newest first, at most 20.</summary>
    public IReadOnlyList<CircuitFailure> RecentFailures => Settled(_ => _failures.NewestFirst());

    /// <summary>The transitions, newest first, at most 20.</summary>
    public IReadOnlyList<CircuitTransition> RecentTransitions => Settled(_ => _transitions.NewestFirst());

    /// <summary>Asks to make one call.</summary>
    /// <param name="permit">The permit, to be given to <see cref="Record"/> exactly once; <c>default</c> if rejected.</param>
    /// <param name="rejection">Why not; <c>default</c> if permitted.</param>
    /// <returns>Whether the call may be made.</returns>
    public bool TryAcquire(out CallPermit permit, out CircuitRejection rejection)
    {
        if (_override is { } term && term.End <= _clock.Now)
        {
            Settled(static _ => true);   // the operator's word is over
        }

        var phase = _phase;
        if (phase is ClosedPhase or DisabledPhase)
        {
            permit = new CallPermit(phase);
            rejection = default;
            return true;
        }

        permit = default;
        if (!IsRejectedBy(phase, out rejection) && TryAcquireByGate(out permit, out rejection))
        {
            return true;
        }

        if (Mode == CircuitMode.MetricsOnly)
        {
            _counters.Add(CounterSlot.OfRejection(CircuitState.MetricsOnly));
            permit = new CallPermit(phase);   // neither closed nor a probe's: what becomes of the call teaches nothing
            rejection = default;
            return true;
        }

        _counters.Add(CounterSlot.OfRejection(rejection.State));
        return false;
    }

    /// <summary>Says what became of a permitted call: exactly once for each permit, best in a <c>finally</c>.</summary>
    /// <param name="permit">What <see cref="TryAcquire"/> gave.</param>
    /// <param name="result">What became of the call.</param>
    /// <exception cref="ArgumentException">The permit is <c>default</c>.</exception>
    /// <exception cref="InvalidOperationException">
    /// A probe was recorded before; nothing has changed. For a call that was permitted while closed a second record can't be told
    /// from a first one, and counts again: remembering each call would cost every call.
    /// </exception>
    public void Record(CallPermit permit, in CallResult result)
    {
        if (permit.Phase is null)
        {
            throw new ArgumentException("This permit was not issued by a circuit breaker.", nameof(permit));
        }

        if (TakesNoJudgement(permit, result))
        {
            _counters.Add(CounterSlot.OfCall(result.Outcome, result.Cause));
            return;
        }

        if (permit.Phase is DisabledPhase)
        {
            return;
        }

        if (!permit.IsJudged)
        {
            _counters.Add(CounterSlot.OfCall(result.Outcome, result.Cause));
            return;
        }

        lock (_gate)
        {
            RecordLocked(permit, result);
        }

        _publisher.Publish();
    }

    /// <summary>The state it is in, derived from the clock. While closed, or in a configured mode, this takes no lock.</summary>
    public CircuitState State => _override is not null ? GetStatus().State : (_phase, _options.Mode) switch
    {
        (_, CircuitMode.MetricsOnly) => CircuitState.MetricsOnly,
        (ForcedOpenPhase, _) => CircuitState.ForcedOpen,
        (DisabledPhase, _) => CircuitState.Disabled,
        (ClosedPhase, CircuitMode.Automatic) => CircuitState.Closed,
        _ => GetStatus().State,   // the clock has a say, or the mode is changing
    };

    /// <summary>How it stands now.</summary>
    public CircuitStatus GetStatus() => Settled(StatusLocked);

    /// <summary>What it has counted since it was made.</summary>
    public CircuitCounts GetCounts() => Settled(_ => _counters.Total());

    /// <summary>
    /// Applies other settings from now on. State, backoff step and the failures in the window stay. A wait or a lease that is running
    /// keeps its end; a lower threshold is applied by the next failure, fewer <see cref="CircuitBreakerOptions.SuccessesToClose"/> by
    /// the next success. A longer window or a higher threshold begins with the failures that the former ones had kept; calls are counted
    /// from the moment a rule asks for them, and a window of another length takes the counted ones along, each tenth as if all of it had come
    /// when it began. Between <see cref="CircuitMode.Automatic"/> and <see cref="CircuitMode.MetricsOnly"/> all of this stays, too;
    /// after <see cref="CircuitMode.ForcedOpen"/> and <see cref="CircuitMode.Disabled"/> the breaker is closed and knows nothing. Another mode
    /// shows when an <see cref="Override"/> that holds has ended.
    /// </summary>
    /// <param name="options">The settings, of which it keeps a copy.</param>
    /// <exception cref="ArgumentException">They are invalid, and the former ones stay: the message lists every problem.</exception>
    public void Update(CircuitBreakerOptions options)
    {
        var copy = options.ValidatedCopy();
        Settled(now =>
        {
            ApplyLocked(copy, _override, now);
            return true;
        });
    }

    /// <summary>
    /// Whether the phase rejects a call at this moment. To read the clock exactly takes longer than all the rest: only the last second of a wait
    /// needs it.
    /// </summary>
    private bool IsRejectedBy(Phase phase, out CircuitRejection rejection)
    {
        if (phase is OpenPhase open && open.Remaining(_clock.LittleBefore) is var remaining && remaining > LastSecond)
        {
            rejection = new CircuitRejection(CircuitState.Open, remaining < open.Wait ? remaining : open.Wait);
            return true;
        }

        return IsRejectedBy(phase, _clock.Now, out rejection);
    }

    private bool IsRejectedBy(Phase phase, TimeSpan now, out CircuitRejection rejection)
    {
        rejection = phase switch
        {
            OpenPhase open => new CircuitRejection(CircuitState.Open, open.Remaining(now)),
            ForcedOpenPhase => new CircuitRejection(CircuitState.ForcedOpen, ForcedFor(now)),
            _ => default,
        };
        if (rejection.RetryAfter > TimeSpan.Zero)
        {
            return true;
        }

        rejection = default;
        return false;
    }

    // Apart from the others, as is the lock: a method with one isn't compiled as well.
    private bool TryAcquireByGate(out CallPermit permit, out CircuitRejection rejection)
    {
        bool acquired;
        lock (_gate)
        {
            acquired = TryAcquireLocked(out permit, out rejection);
        }

        _publisher.Publish();
        return acquired;
    }

    /// <summary>Whether this is a call of the present closed phase that can't open it; if it matters how many there are, it is counted.</summary>
    private bool TakesNoJudgement(CallPermit permit, in CallResult result)
    {
        // Read before the phase: as long as that is the permit's, these are its calls, and not those of a closed phase to come.
        var calls = _calls;
        if (result.Outcome == CallOutcome.Failure || permit.Phase is not ClosedPhase || permit.Phase != _phase)
        {
            return false;
        }

        if (calls is null)
        {
            return true;
        }

        if (_options.IsSlow(result))
        {
            return false;
        }

        if (result.Outcome == CallOutcome.Success)
        {
            calls.Add(_clock.Now, failed: false, slow: false);
        }

        return true;
    }

    private static CallWindow? CallsFor(CircuitBreakerOptions options, CallWindow? calls, TimeSpan now) =>
        !options.CountsCalls ? null
        : calls is null ? new CallWindow(options.FailureWindow)
        : calls.Length == options.FailureWindow ? calls
        : calls.Resized(options.FailureWindow, now);

    /// <summary>What the clock has decided so far is in force before anything is read or changed.</summary>
    private T Settled<T>(Func<TimeSpan, T> read)
    {
        T value;
        lock (_gate)
        {
            var now = _clock.Now;
            SettleLocked(now);
            value = read(now);
        }

        _publisher.Publish();
        return value;
    }
}
