using System.Diagnostics;

namespace EventGateway.CircuitBreaking;

/// <content>
/// The operator's modes. Forced open and disabled are phases like any other. Metrics only isn't one: the phases go on behind it, and only
/// what shows and what is refused is another.
/// </content>
public sealed partial class CircuitBreaker
{
    private TimeSpan _modeSet;   // guarded by _gate
    private DateTimeOffset _modeSetWall;   // guarded by _gate; for display

    private static Phase PhaseOf(CircuitMode mode, TimeSpan now, DateTimeOffset wall) => mode switch
    {
        CircuitMode.ForcedOpen => new ForcedOpenPhase(now, wall),
        CircuitMode.Disabled => new DisabledPhase(now, wall),
        _ => new ClosedPhase(now, wall),
    };

    private CircuitState ShownLocked(Phase phase) => _options.Mode == CircuitMode.MetricsOnly ? CircuitState.MetricsOnly : phase.State;

    private (TimeSpan Moment, DateTimeOffset Wall) ShownSinceLocked(Phase phase) =>
        _options.Mode != CircuitMode.MetricsOnly && phase.Start >= _modeSet ? (phase.Start, phase.Since) : (_modeSet, _modeSetWall);

    private void UpdateLocked(CircuitBreakerOptions options, TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (options.Mode != _options.Mode && _phase is OpenPhase over && over.Remaining(now) <= TimeSpan.Zero)
        {
            // Half-open is what it has read for a while, and what it must have been for the history to make sense.
            MoveLocked(new HalfOpenPhase(over), TransitionReason.WaitOver, now);
        }

        var former = _options.Mode;
        var shown = ShownLocked(_phase);
        var since = ShownSinceLocked(_phase).Moment;
        _calls = CallsFor(options, _calls, now);
        _options = options;
        if (options.Mode != former)
        {
            ChangeModeLocked(shown, now - since, now);
        }
    }

    private void ChangeModeLocked(CircuitState from, TimeSpan timeInFrom, TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        (_modeSet, _modeSetWall) = (now, _clock.WallTimeOf(now));
        var isSuspended = _phase is ForcedOpenPhase or DisabledPhase;
        if (isSuspended || _options.Mode is CircuitMode.ForcedOpen or CircuitMode.Disabled)
        {
            var next = PhaseOf(_options.Mode, _modeSet, _modeSetWall);
            if (next is ClosedPhase)
            {
                ForgetLocked();
            }

            _phase = next;
        }

        var to = ShownLocked(_phase);
        var wait = to == CircuitState.Open ? ((OpenPhase)_phase).Remaining(now) : (TimeSpan?)null;
        TellLocked(from, to, TransitionReason.ModeChanged, now, wait, timeInFrom);
    }
}
