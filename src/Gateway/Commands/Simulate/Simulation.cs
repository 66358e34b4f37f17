using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Telemetry;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Simulate;

/// <summary>
/// A script played against a breaker as it is configured: the one that serves, on a clock of its own. Jitter is left out, so that every
/// wait is the longest that it can be. Calls follow each other; none overlaps another.
/// </summary>
internal sealed class Simulation
{
    private readonly BreakerPlan _plan;
    private readonly SimulatedClock _clock = new();
    private readonly CircuitBreaker _breaker;
    private readonly List<CircuitTransition> _transitions = [];
    private readonly List<Moment> _moments = [];
    private readonly CircuitState _first;
    private int _told;   // transitions that are part of a moment

    private Simulation(string name, BreakerPlan plan)
    {
        _plan = plan;
        _breaker = new CircuitBreaker(name, plan.Settings, _clock, random: static () => 0);
        _breaker.Transitioned += _transitions.Add;
        _first = _breaker.State;
    }

    /// <summary>The timeline and its sum.</summary>
    public static string Play(string name, BreakerPlan plan, IEnumerable<SimulationStep> script)
    {
        var simulation = new Simulation(name, plan);
        foreach (var step in script)
        {
            simulation.Play(step);
        }

        return $"breaker {name} {BreakerSentence.Of(plan)}\n"
            + (plan.Settings.Jitter > 0 ? $"(Jitter is left out: in service each wait may be up to {plan.Settings.Jitter * 100:0.#} % shorter.)\n" : "")
            + $"\n{SimulationReport.Timeline(simulation._moments)}\n{simulation.Sum()}\n";
    }

    private void Play(SimulationStep step)
    {
        if (step.Verb == SimulationVerb.Wait)
        {
            _clock.Advance(step.Duration);
            Tell(step, "");
            return;
        }

        for (var i = 0; i < step.Count; i++)
        {
            Tell(step, Call(step));
        }
    }

    /// <summary>One call, as the gate in front of a guarded route would make it, and what became of it.</summary>
    private string Call(SimulationStep step)
    {
        var spared = Rejections(CircuitState.MetricsOnly);
        var before = _transitions.Count;
        if (!_breaker.TryAcquire(out var permit, out var rejection))
        {
            return $"rejected, Retry-After: {GatewayError.CircuitOpen(rejection).RetryAfterSeconds}";
        }

        var isProbe = _breaker.State == CircuitState.HalfOpen;
        var wouldBeRejected = Rejections(CircuitState.MetricsOnly) > spared;
        var lateBefore = LateResults();
        _clock.Advance(step.Duration);
        _breaker.Record(permit, ResultOf(step));
        if (wouldBeRejected)
        {
            return "passes, where an automatic breaker would reject";
        }

        if (LateResults() > lateBefore)
        {
            return $"late: the probe had {_plan.Settings.ProbeTimeout.ToText()}";
        }

        var outcome = step.Verb == SimulationVerb.Ok ? "success" : "failure";
        if (isProbe || _transitions.Skip(before).Any(t => t.From == CircuitState.HalfOpen || t.To == CircuitState.HalfOpen))
        {
            return $"probe: {outcome}";
        }

        var status = _breaker.GetStatus();
        var count = step.Verb == SimulationVerb.Ok || _plan.Settings.Mode == CircuitMode.Disabled
            ? outcome
            : $"{outcome} {status.WindowFailures.ToText()} of {status.FailureThreshold.ToText()} in {_plan.Settings.FailureWindow.ToText()}";

        // A quick success is never judged.
        var isJudged = step.Verb != SimulationVerb.Ok || step.Duration >= _plan.Settings.SlowCallDuration;
        return isJudged && status.Window is { } window ? string.Join(", ", SharesOf(window).Prepend(count)) : count;
    }

    // What the rules for shares go by.
    private IEnumerable<string> SharesOf(WindowTotals window)
    {
        if (_plan.Settings.FailureRatio is not null || _plan.Settings.MinimumFailureRatio > 0)
        {
            yield return $"{window.Failures.ToText()} of {window.Calls.ToText()} failed";
        }

        if (_plan.Settings.SlowCallRatio is not null)
        {
            yield return $"{window.SlowCalls.ToText()} of {window.Calls.ToText()} slow";
        }
    }

    private static CallResult ResultOf(SimulationStep step) => step.Verb switch
    {
        SimulationVerb.Ok => CallResult.Succeeded(step.Duration),
        SimulationVerb.Fail => CallResult.Failure(CallCause.Status5xx, step.Duration, StatusCodes.Status500InternalServerError),
        _ => CallResult.Failure(CallCause.Timeout, step.Duration),
    };

    private long Rejections(CircuitState state) => _breaker.GetCounts().Rejections(state);

    private long LateResults()
    {
        var counts = _breaker.GetCounts();
        return Enum.GetValues<CallOutcome>().Sum(counts.LateResults);
    }

    private void Tell(SimulationStep step, string what)
    {
        var state = _breaker.State;   // first: it settles what the clock alone has decided
        _moments.Add(new Moment(_clock.Elapsed, step, what, state, _transitions[_told..]));
        _told = _transitions.Count;
    }

    private string Sum()
    {
        var counts = _breaker.GetCounts();
        var spared = counts.Rejections(CircuitState.MetricsOnly);
        var refused = CircuitCounts.PossibleRejections.Sum(counts.Rejections) - spared;
        var calls = _moments.Count(moment => moment.Step.Verb != SimulationVerb.Wait);
        var would = spared > 0 ? $" An automatic breaker would have refused {spared.ToText()}." : "";
        return $"{calls.Of("call")}, {refused.ToText()} of them refused.{would} "
            + $"Open for {TimeOpen().ToText()} of {_clock.Elapsed.ToText()}; in the end {_breaker.State.ToLabel()}.";
    }

    // An open phase is one of refusals for as long as it waits; from then on a probe may come.
    private TimeSpan TimeOpen()
    {
        var open = TimeSpan.Zero;
        var (since, state, wait) = (TimeSpan.Zero, _first, (TimeSpan?)null);
        foreach (var transition in _transitions.Where(t => !t.IsSimulated))
        {
            Add(SimulatedClock.MomentOf(transition.At));
            (since, state, wait) = (SimulatedClock.MomentOf(transition.At), transition.To, transition.Wait);
        }

        Add(_clock.Elapsed);
        return open;

        void Add(TimeSpan until)
        {
            if (state is CircuitState.Open or CircuitState.ForcedOpen)
            {
                open += wait < until - since ? wait.Value : until - since;
            }
        }
    }
}

/// <summary>A line of the timeline: one call, or one wait.</summary>
/// <param name="At">When it was over.</param>
/// <param name="Step">The script's line.</param>
/// <param name="What">What happened; empty for a wait.</param>
/// <param name="State">The state afterwards.</param>
/// <param name="Transitions">What changed.</param>
internal sealed record Moment(
    TimeSpan At, SimulationStep Step, string What, CircuitState State, IReadOnlyList<CircuitTransition> Transitions);
