namespace EventGateway.CircuitBreaking.Tests;

public class ModeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void ForcedOpen_EveryCall_IsRejectedUntilNobodyKnowsWhen()
    {
        var circuit = In(CircuitMode.ForcedOpen);
        circuit.Clock.Advance(TimeSpan.FromHours(3));

        Assert.Equal(new CircuitRejection(CircuitState.ForcedOpen, TimeSpan.FromSeconds(60)), circuit.Rejection());
        Assert.Equal((CircuitState.ForcedOpen, CircuitMode.ForcedOpen, TimeSpan.Zero), Shown(circuit));
        Assert.Equal(CircuitState.ForcedOpen, circuit.Breaker.State);
        Assert.Equal(1, circuit.Breaker.GetCounts().Rejections(CircuitState.ForcedOpen));
        Assert.Empty(circuit.Transitions);   // it was made so
    }

    [Fact]
    public void ForcedOpen_CallsInFlight_EndAsLateResults()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 1);
        var (first, second) = (circuit.Acquire(), circuit.Acquire());
        circuit.SetMode(CircuitMode.ForcedOpen);
        circuit.Breaker.Record(first, TestCircuit.Failure());
        circuit.SetMode(CircuitMode.Automatic);
        circuit.Breaker.Record(second, TestCircuit.Failure());

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(2, circuit.Breaker.GetCounts().LateResults(CallOutcome.Failure));
        Assert.Equal(2, circuit.Breaker.GetCounts().Calls(CallOutcome.Failure, CallCause.Status5xx));
    }

    [Theory]
    [InlineData(CircuitMode.ForcedOpen, CircuitMode.Automatic)]
    [InlineData(CircuitMode.ForcedOpen, CircuitMode.MetricsOnly)]
    [InlineData(CircuitMode.Disabled, CircuitMode.Automatic)]
    [InlineData(CircuitMode.Disabled, CircuitMode.MetricsOnly)]
    public void Update_LeavesForcedOpenOrDisabled_IsClosedAndKnowsNothing(CircuitMode from, CircuitMode to)
    {
        var circuit = new TestCircuit(o => o.FailureRatio = 1);
        circuit.Breaker.Record(circuit.Probe(), TestCircuit.Failure());
        Assert.Equal(2, circuit.Status.BackoffStep);
        circuit.Breaker.Update(TestCircuit.Options(o => (o.FailureRatio, o.Mode) = (1, from)));
        circuit.Breaker.Update(TestCircuit.Options(o => (o.FailureRatio, o.Mode) = (1, to)));

        Assert.Equal((0, 0, 0L), (circuit.Status.BackoffStep, circuit.Status.WindowFailures, circuit.Status.Window!.Value.Calls));
        circuit.Repeat(2, () => circuit.Fail());
        Assert.Equal(TimeSpan.Zero, circuit.Status.RetryAfter);
        circuit.Fail();
        Assert.Equal(TimeSpan.FromSeconds(10), circuit.Status.RetryAfter);
    }

    [Fact]
    public void Disabled_EveryCall_PassesAndIsNotCounted()
    {
        var circuit = In(CircuitMode.Disabled);
        var late = circuit.Acquire();
        circuit.Repeat(10, () => circuit.Fail());

        Assert.Equal((CircuitState.Disabled, CircuitMode.Disabled, TimeSpan.Zero), Shown(circuit));
        circuit.SetMode(CircuitMode.Automatic);
        circuit.Breaker.Record(late, TestCircuit.Failure());
        var counts = circuit.Breaker.GetCounts();
        Assert.All(CircuitCounts.PossibleCalls, c => Assert.Equal(0, counts.Calls(c.Outcome, c.Cause)));
        Assert.Equal(0, counts.LateResults(CallOutcome.Failure));
        Assert.Empty(circuit.Breaker.RecentFailures);
        Assert.Equal(0, circuit.Status.WindowFailures);
    }

    [Fact]
    public void MetricsOnly_WouldBeOpen_PassesEveryCallAndCountsTheRejectionsThatWouldHaveBeen()
    {
        var circuit = In(CircuitMode.MetricsOnly);
        circuit.Repeat(3, () => circuit.Fail());
        var transition = Assert.Single(circuit.Transitions);
        Assert.Equal(
            (CircuitState.Closed, CircuitState.Open, TransitionReason.FailureThreshold, true),
            (transition.From, transition.To, transition.Reason, transition.IsSimulated));

        circuit.Repeat(5, () => circuit.Fail());

        Assert.Equal((CircuitState.MetricsOnly, CircuitMode.MetricsOnly, TimeSpan.FromSeconds(10)), Shown(circuit));
        Assert.Equal(CircuitState.MetricsOnly, circuit.Breaker.State);
        var counts = circuit.Breaker.GetCounts();
        Assert.Equal((5, 0), (counts.Rejections(CircuitState.MetricsOnly), counts.Rejections(CircuitState.Open)));
        Assert.Equal(8, counts.Calls(CallOutcome.Failure, CallCause.Status5xx));
        Assert.Equal(1, counts.Transitions(CircuitState.Closed, CircuitState.Open, TransitionReason.FailureThreshold));
        Assert.Equal(0, counts.LateResults(CallOutcome.Failure));
        Assert.Equal(3, circuit.Breaker.RecentFailures.Count);
    }

    [Fact]
    public void MetricsOnly_WouldBeProbing_OnlyTheProbesDecide()
    {
        var circuit = In(CircuitMode.MetricsOnly);
        circuit.Repeat(3, () => circuit.Fail());
        var rejected = circuit.Acquire();
        circuit.Clock.Advance(TimeSpan.FromSeconds(10));
        var probe = circuit.Acquire();
        var second = circuit.Acquire();
        circuit.Breaker.Record(rejected, TestCircuit.Failure());
        circuit.Breaker.Record(second, CallResult.Success);

        Assert.Equal(1, circuit.Status.ProbesInFlight);
        Assert.Equal(TransitionReason.WaitOver, circuit.Transitions[^1].Reason);
        circuit.Breaker.Record(probe, CallResult.Success);
        Assert.Equal(TransitionReason.ProbesSucceeded, circuit.Transitions[^1].Reason);
        Assert.Equal(2, circuit.Breaker.GetCounts().Rejections(CircuitState.MetricsOnly));
    }

    [Fact]
    public void Update_BetweenAutomaticAndMetricsOnly_KeepsWhatItKnows()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        var early = circuit.Acquire();
        circuit.SetMode(CircuitMode.MetricsOnly);
        circuit.Fail();
        circuit.Breaker.Record(early, TestCircuit.Failure());
        circuit.Clock.Advance(4 * Second);
        circuit.SetMode(CircuitMode.Automatic);

        Assert.Equal(new CircuitRejection(CircuitState.Open, 6 * Second), circuit.Rejection());
        Assert.Equal(1, circuit.Status.BackoffStep);
    }

    [Fact]
    public void Update_EveryMode_IsATransitionFromWhatShowedToWhatShows()
    {
        var circuit = new TestCircuit();
        var start = circuit.Clock.GetUtcNow();
        circuit.Clock.Advance(Second);
        circuit.SetMode(CircuitMode.MetricsOnly);
        circuit.Trip();
        circuit.Clock.Advance(2 * Second);
        circuit.SetMode(CircuitMode.Automatic);
        circuit.Clock.Advance(3 * Second);
        circuit.SetMode(CircuitMode.ForcedOpen);
        circuit.Clock.Advance(4 * Second);
        circuit.SetMode(CircuitMode.Disabled);
        circuit.Clock.Advance(5 * Second);
        circuit.SetMode(CircuitMode.Automatic);

        const TransitionReason Mode = TransitionReason.ModeChanged;
        Assert.Equal(
            [
                new(1, start + Second, CircuitState.Closed, CircuitState.MetricsOnly, Mode, null, Second),
                new(2, start + Second, CircuitState.Closed, CircuitState.Open, TransitionReason.FailureThreshold, 10 * Second, Second, true),
                new(3, start + (3 * Second), CircuitState.MetricsOnly, CircuitState.Open, Mode, 8 * Second, 2 * Second),
                new(4, start + (6 * Second), CircuitState.Open, CircuitState.ForcedOpen, Mode, null, 3 * Second),
                new(5, start + (10 * Second), CircuitState.ForcedOpen, CircuitState.Disabled, Mode, null, 4 * Second),
                new(6, start + (15 * Second), CircuitState.Disabled, CircuitState.Closed, Mode, null, 5 * Second),
            ],
            circuit.Transitions);
        Assert.All(circuit.Transitions, t => Assert.Equal(1, circuit.Breaker.GetCounts().Transitions(t.From, t.To, t.Reason)));
        Assert.Equal(start + (15 * Second), circuit.Status.Since);
    }

    [Fact]
    public void Update_WaitIsOver_GoesFromHalfOpen()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(12 * Second);
        circuit.SetMode(CircuitMode.ForcedOpen);

        Assert.Equal(
            [(CircuitState.Open, CircuitState.HalfOpen, 10 * Second), (CircuitState.HalfOpen, CircuitState.ForcedOpen, 2 * Second)],
            circuit.Transitions.Skip(1).Select(t => (t.From, t.To, t.TimeInPreviousState)));
    }

    [Fact]
    public void Update_SameMode_IsNoTransition()
    {
        var circuit = In(CircuitMode.ForcedOpen);
        circuit.Clock.Advance(Second);
        circuit.Breaker.Update(TestCircuit.Options(o => (o.Mode, o.MaxResetTimeout) = (CircuitMode.ForcedOpen, 90 * Second)));

        Assert.Empty(circuit.Transitions);
        Assert.Equal(90 * Second, circuit.Rejection().RetryAfter);
    }

    private static TestCircuit In(CircuitMode mode) => new(o => o.Mode = mode);

    private static (CircuitState State, CircuitMode Mode, TimeSpan RetryAfter) Shown(TestCircuit circuit) =>
        (circuit.Status.State, circuit.Status.Mode, circuit.Status.RetryAfter);
}
