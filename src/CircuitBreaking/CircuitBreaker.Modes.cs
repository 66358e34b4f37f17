using System.Diagnostics;

namespace EventGateway.CircuitBreaking;

/// <content>
/// The operator's modes. Forced open and disabled are phases like any other. Metrics only isn't one: the phases go on behind it, and only
/// what shows and what is refused is another.
/// </content>
public sealed partial class CircuitBreaker
{
    private static readonly TimeSpan ShortestOverride = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestOverride = TimeSpan.FromDays(1);

    private volatile OverrideTerm? _override;   // written under _gate, read anywhere; the object itself never changes
    private TimeSpan _modeSet;   // guarded by _gate
    private DateTimeOffset _modeSetWall;   // guarded by _gate; for display

    private CircuitMode Mode => _override?.Mode ?? _options.Mode;

    /// <summary>
    /// Has another mode hold for a while, whatever <see cref="CircuitBreakerOptions.Mode"/> says; it takes the place of one that holds already.
    /// Afterwards the options' mode holds again. There is no timer: whoever uses the breaker or reads it first after the end finds the mode
    /// changed at the end, and <see cref="Transitioned"/> is told then.
    /// </summary>
    /// <param name="mode">The mode.</param>
    /// <param name="length">For how long: 1 ms to 1 day.</param>
    /// <param name="reason">Why, for whoever asks; the breaker only keeps it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is out of range, or the mode is none.</exception>
    public void Override(CircuitMode mode, TimeSpan length, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, ShortestOverride);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LongestOverride);
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, null);
        }

        Settled(now =>
        {
            ApplyLocked(_options, new OverrideTerm(mode, now, _clock.WallTimeOf(now), now + length, reason), now);
            return true;
        });
    }

    /// <summary>
    /// Ends an override, closes the breaker and has it forget its failures and its backoff. What is in flight ends as a late result if
    /// it was open. A <see cref="CircuitBreakerOptions.Mode"/> other than automatic stays.
    /// </summary>
    public void Reset() => Settled(now =>
    {
        EndWaitLocked(now);
        if (_phase is OpenPhase or HalfOpenPhase)
        {
            MoveLocked(new ClosedPhase(now, _clock.WallTimeOf(now)), TransitionReason.Reset, now);
        }

        ForgetLocked();
        ApplyLocked(_options, null, now);
        return true;
    });

    private static Phase PhaseOf(CircuitMode mode, TimeSpan now, DateTimeOffset wall) => mode switch
    {
        CircuitMode.ForcedOpen => new ForcedOpenPhase(now, wall),
        CircuitMode.Disabled => new DisabledPhase(now, wall),
        _ => new ClosedPhase(now, wall),
    };

    /// <summary>Nobody knows how long an operator's will lasts, unless it is an override.</summary>
    private TimeSpan ForcedFor(TimeSpan now)
    {
        var longest = _options.MaxResetTimeout;
        return _override is { Mode: CircuitMode.ForcedOpen } term && _options.Mode != CircuitMode.ForcedOpen && term.End - now < longest
            ? term.End - now
            : longest;
    }

    private CircuitState ShownLocked(Phase phase) => Mode == CircuitMode.MetricsOnly ? CircuitState.MetricsOnly : phase.State;

    private (TimeSpan Moment, DateTimeOffset Wall) ShownSinceLocked(Phase phase) =>
        Mode != CircuitMode.MetricsOnly && phase.Start >= _modeSet ? (phase.Start, phase.Since) : (_modeSet, _modeSetWall);

    /// <summary>Ends an override whose time is over at its end, however late we look.</summary>
    private void SettleOverrideLocked(TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_override?.End is { } end && end <= now)
        {
            SettleLeaseLocked(end);   // what came before must not be judged by what came after
            ApplyLocked(_options, null, end);
        }
    }

    private void ApplyLocked(CircuitBreakerOptions options, OverrideTerm? term, TimeSpan at)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        var former = Mode;
        var mode = term?.Mode ?? options.Mode;
        if (mode != former)
        {
            EndWaitLocked(at);   // half-open is what it has read for a while, and what it must have been for the history to make sense
        }

        var shown = ShownLocked(_phase);
        var since = ShownSinceLocked(_phase).Moment;
        _calls = CallsFor(options, _calls, at);
        _options = options;
        _override = term;
        if (mode != former)
        {
            ChangeModeLocked(shown, at - since, at);
        }
    }

    private void EndWaitLocked(TimeSpan at)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_phase is OpenPhase over && over.Remaining(at) <= TimeSpan.Zero)
        {
            MoveLocked(new HalfOpenPhase(over), TransitionReason.WaitOver, at);
        }
    }

    private void ChangeModeLocked(CircuitState from, TimeSpan timeInFrom, TimeSpan at)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        (_modeSet, _modeSetWall) = (at, _clock.WallTimeOf(at));
        var isSuspended = _phase is ForcedOpenPhase or DisabledPhase;
        if (isSuspended || Mode is CircuitMode.ForcedOpen or CircuitMode.Disabled)
        {
            var next = PhaseOf(Mode, _modeSet, _modeSetWall);
            if (next is ClosedPhase)
            {
                ForgetLocked();
            }

            _phase = next;
        }

        var to = ShownLocked(_phase);
        var wait = to == CircuitState.Open ? ((OpenPhase)_phase).Remaining(at) : (TimeSpan?)null;
        TellLocked(from, to, TransitionReason.ModeChanged, at, wait, timeInFrom);
    }

    /// <summary>An override as the breaker keeps it: its end on the monotonic time line.</summary>
    private sealed record OverrideTerm(CircuitMode Mode, TimeSpan Start, DateTimeOffset Since, TimeSpan End, string Reason)
    {
        public CircuitOverride At(TimeSpan now) => new(Mode, Since, Since + (End - Start), End - now, Reason);
    }
}
