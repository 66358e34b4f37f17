using System.Diagnostics;

namespace EventGateway.CircuitBreaking;

/// <content>The rules: what happens under the lock. Every moment here is one on the breaker's monotonic time line.</content>
public sealed partial class CircuitBreaker
{
    private const int HistoryLength = 20;

    private readonly FailureWindow _window = new();   // guarded by _gate
    private readonly RecentHistory<CircuitFailure> _failures = new(HistoryLength);   // guarded by _gate
    private readonly RecentHistory<CircuitTransition> _transitions = new(HistoryLength);   // guarded by _gate
    private volatile CircuitBreakerOptions _options;   // written under _gate, read anywhere; the object itself never changes
    private volatile CallWindow? _calls;   // written under _gate, read anywhere; null while no rule asks for it
    private int _backoffStep;   // guarded by _gate
    private long _sequence;   // guarded by _gate

    private bool TryAcquireLocked(out CallPermit permit, out CircuitRejection rejection)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        var now = _clock.Now;
        SettleLocked(now);
        permit = default;
        if (IsRejectedBy(_phase, now, out rejection))
        {
            return false;
        }

        EndWaitLocked(now);
        if (_phase is not HalfOpenPhase halfOpen)
        {
            permit = new CallPermit(_phase);   // it closed, or was disabled, while this thread came for the lock
            return true;
        }

        if (halfOpen.InFlight >= _options.HalfOpenMaxProbes)
        {
            rejection = new CircuitRejection(CircuitState.HalfOpen, TimeSpan.Zero);
            return false;
        }

        permit = new CallPermit(halfOpen, halfOpen.Lease(now, _options.ProbeTimeout));
        return true;
    }

    private void RecordLocked(CallPermit permit, in CallResult result)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (permit.Probe is { Recorded: true })
        {
            throw new InvalidOperationException($"Circuit breaker '{Name}': the result of this probe was recorded before.");
        }

        var now = _clock.Now;
        SettleLocked(now);
        if (permit.Probe is { } probe)
        {
            probe.Recorded = true;
        }

        if (permit.Probe is not { Expired: true })   // an expired one was counted when its lease ended
        {
            _counters.Add(CounterSlot.OfCall(result.Outcome, result.Cause));
        }

        if (permit.Phase != _phase)
        {
            // A call that began before the last transition tells nothing about the upstream of today.
            _counters.Add(CounterSlot.OfLateResult(result.Outcome));
        }
        else if (_phase is HalfOpenPhase halfOpen)
        {
            halfOpen.GiveBack(permit.Probe!);
            JudgeProbeLocked(halfOpen, result, now);
        }
        else if (result.Outcome is CallOutcome.Success or CallOutcome.Failure)
        {
            JudgeLocked(result, now);
        }
    }

    private void JudgeLocked(in CallResult result, TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        var failed = result.Outcome == CallOutcome.Failure;
        var slow = _options.IsSlow(result);
        var thresholdReached = false;
        if (failed)
        {
            RememberLocked(result, now);
            thresholdReached = _window.Add(now, _options.FailureThreshold, _options.FailureWindow);
        }

        _calls?.Add(now, failed, slow);
        if (OpeningRules.Judge(_options, failed, slow, thresholdReached, _calls?.Total(now) ?? default) is { } reason)
        {
            OpenLocked(reason, now, result.RetryAfter);
        }
    }

    private void JudgeProbeLocked(HalfOpenPhase halfOpen, in CallResult result, TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (result.Outcome == CallOutcome.Failure)
        {
            RememberLocked(result, now);
            OpenLocked(TransitionReason.ProbeFailed, now, result.RetryAfter);
        }
        else if (result.Outcome == CallOutcome.Success && ++halfOpen.Successes >= _options.SuccessesToClose)
        {
            ForgetLocked();
            MoveLocked(new ClosedPhase(now, _clock.WallTimeOf(now)), TransitionReason.ProbesSucceeded, now);
        }
    }

    private void ForgetLocked()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _window.Clear();
        _backoffStep = 0;
        _calls = CallsFor(_options, null, default);
    }

    /// <summary>
    /// Catches up with what the clock alone has decided, however late we look. There is no timer; whoever uses the breaker comes by here
    /// first.
    /// </summary>
    private void SettleLocked(TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        SettleOverrideLocked(now);
        SettleLeaseLocked(now);
    }

    /// <summary>A lease that ended reopens at its end.</summary>
    private void SettleLeaseLocked(TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if ((_phase as HalfOpenPhase)?.FirstEnded(now) is { } lease)
        {
            lease.Expired = true;
            var result = CallResult.Failure(CallCause.Timeout, lease.Length);
            _counters.Add(CounterSlot.OfCall(result.Outcome, result.Cause));
            RememberLocked(result, lease.End);
            OpenLocked(TransitionReason.ProbeTimeout, lease.End, retryAfter: null);
        }
    }

    private void RememberLocked(in CallResult failure, TimeSpan at)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _failures.Add(new CircuitFailure(
            _clock.WallTimeOf(at), failure.Cause, failure.Status, failure.Duration, failure.TraceId));
    }

    private void OpenLocked(TransitionReason reason, TimeSpan at, TimeSpan? retryAfter)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _backoffStep++;
        var wait = _options.WaitFor(_backoffStep, _random(), retryAfter);
        MoveLocked(new OpenPhase(at, _clock.WallTimeOf(at), wait), reason, at);
    }

    private void MoveLocked(Phase next, TransitionReason reason, TimeSpan at)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        var simulated = Mode == CircuitMode.MetricsOnly;
        var since = simulated ? _phase.Start : ShownSinceLocked(_phase).Moment;
        var wait = (next as OpenPhase)?.Wait;
        TellLocked(_phase.State, next.State, reason, at, wait, next.Start - since, simulated);
        _phase = next;
    }

    private void TellLocked(
        CircuitState from, CircuitState to, TransitionReason reason, TimeSpan at, TimeSpan? wait, TimeSpan timeInFrom, bool simulated = false)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        var transition = new CircuitTransition(++_sequence, _clock.WallTimeOf(at), from, to, reason, wait, timeInFrom, simulated);
        _transitions.Add(transition);
        _counters.Add(CounterSlot.OfTransition(from, to, reason)!.Value);
        _publisher.Enqueue(transition);
    }

    private CircuitStatus StatusLocked(TimeSpan now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        // An open phase whose wait is over is shown as the half-open one that the next call will begin.
        var phase = _phase is OpenPhase over && over.Remaining(now) <= TimeSpan.Zero ? new HalfOpenPhase(over) : _phase;
        return new CircuitStatus(
            ShownLocked(phase),
            ShownSinceLocked(phase).Wall,
            (phase as OpenPhase)?.Remaining(now) ?? TimeSpan.Zero,
            _window.Count(now, _options.FailureWindow),
            _options.FailureThreshold,
            _options.FailureRatio,
            _options.SlowCallRatio,
            _options.MinimumCalls,
            _backoffStep,
            (phase as HalfOpenPhase)?.InFlight ?? 0,
            Mode,
            _calls?.Total(now),
            _override?.At(now));
    }
}
