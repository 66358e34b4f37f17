namespace EventGateway.CircuitBreaking.Tests;

public class OverrideTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Override_WhileItHolds_IsShownWithItsReasonAndItsEnd()
    {
        var circuit = new TestCircuit();
        var start = circuit.Clock.GetUtcNow();
        circuit.Breaker.Override(CircuitMode.ForcedOpen, 10 * Minute, "deploy");
        circuit.Clock.Advance(Minute);

        Assert.Equal((CircuitState.ForcedOpen, CircuitMode.ForcedOpen), (circuit.State, circuit.Status.Mode));
        Assert.Equal(new CircuitOverride(CircuitMode.ForcedOpen, start, start + (10 * Minute), 9 * Minute, "deploy"), circuit.Status.Override);
    }

    [Theory]
    [InlineData(CircuitMode.ForcedOpen)]
    [InlineData(CircuitMode.Disabled)]
    [InlineData(CircuitMode.MetricsOnly)]
    public void Override_Ended_ReturnsToTheOptionsModeAtItsEndHoweverLateAnybodyLooks(CircuitMode mode)
    {
        var circuit = new TestCircuit();
        var start = circuit.Clock.GetUtcNow();
        circuit.Breaker.Override(mode, Minute, "try");
        circuit.Clock.Advance(Minute - TimeSpan.FromTicks(1));
        Assert.Equal(mode, circuit.Status.Mode);
        circuit.Clock.Advance(5 * Minute);

        Assert.Equal((CircuitState.Closed, CircuitMode.Automatic), (circuit.Breaker.State, circuit.Status.Mode));
        Assert.Null(circuit.Status.Override);
        var end = circuit.Transitions[^1];
        Assert.Equal(2, circuit.Transitions.Count);
        Assert.Equal((TransitionReason.ModeChanged, start + Minute, Minute), (end.Reason, end.At, end.TimeInPreviousState));
    }

    [Theory]
    [InlineData(CircuitMode.ForcedOpen)]
    [InlineData(CircuitMode.Disabled)]
    [InlineData(CircuitMode.MetricsOnly)]
    public void TryAcquire_AfterTheEnd_FindsItEnded(CircuitMode mode)
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(mode, Minute, "try");
        circuit.Clock.Advance(Minute);
        circuit.Acquire();

        Assert.Equal(CircuitState.Closed, circuit.Transitions[^1].To);   // told by the call alone: nobody has read the breaker
    }

    [Fact]
    public void TryAcquire_SimulatedOpenWhenMetricsOnlyEnds_IsRejected()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(CircuitMode.MetricsOnly, 4 * Second, "try");
        circuit.Repeat(3, () => circuit.Fail());
        circuit.Acquire();
        circuit.Clock.Advance(4 * Second);

        Assert.Equal(new CircuitRejection(CircuitState.Open, 6 * Second), circuit.Rejection());
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(600, 60)]
    public void ForcedOpen_ForAWhile_SaysWhenItEndsWithinTheLongestWait(int length, int retryAfter)
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(CircuitMode.ForcedOpen, length * Second, "deploy");

        Assert.Equal(retryAfter * Second, circuit.Rejection().RetryAfter);
    }

    [Fact]
    public void ForcedOpen_ForAWhileAndByTheOptions_SaysTheLongestWait()
    {
        var circuit = new TestCircuit(o => o.Mode = CircuitMode.ForcedOpen);
        circuit.Breaker.Override(CircuitMode.ForcedOpen, Second, "deploy");

        Assert.Equal(60 * Second, circuit.Rejection().RetryAfter);
    }

    [Fact]
    public void Override_ByAnother_EndsWithTheSecond()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(CircuitMode.ForcedOpen, Minute, "first");
        circuit.Breaker.Override(CircuitMode.Disabled, 2 * Minute, "second");
        circuit.Clock.Advance(Minute);
        Assert.Equal(CircuitState.Disabled, circuit.State);
        circuit.Clock.Advance(Minute);
        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    [Fact]
    public void Override_BySameModeAgain_ProlongsItWithoutATransition()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(CircuitMode.ForcedOpen, Minute, "first");
        circuit.Clock.Advance(50 * Second);
        circuit.Breaker.Override(CircuitMode.ForcedOpen, Minute, "longer");
        circuit.Clock.Advance(50 * Second);

        Assert.Equal((CircuitState.ForcedOpen, "longer"), (circuit.State, circuit.Status.Override!.Reason));
        Assert.Single(circuit.Transitions);
    }

    [Fact]
    public void Update_WhileItHolds_ShowsWhenItHasEnded()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(CircuitMode.ForcedOpen, Minute, "deploy");
        circuit.SetMode(CircuitMode.Disabled);
        Assert.Equal(CircuitState.ForcedOpen, circuit.State);
        circuit.Clock.Advance(Minute);
        Assert.Equal(CircuitState.Disabled, circuit.State);
    }

    [Fact]
    public void Override_EndsBeforeALeaseDoes_BothTakeEffectInTheirOrder()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Breaker.Override(CircuitMode.MetricsOnly, 5 * Second, "try");
        circuit.Clock.Advance(2 * Minute);

        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        Assert.Equal(
            [TransitionReason.ModeChanged, TransitionReason.ModeChanged, TransitionReason.ProbeTimeout], circuit.Transitions.TakeLast(3).Select(t => t.Reason));
        Assert.False(circuit.Transitions[^1].IsSimulated);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(86_400.001)]
    public void Override_LengthOutOfRange_Throws(double seconds) => Assert.Throws<ArgumentOutOfRangeException>(
        () => new TestCircuit().Breaker.Override(CircuitMode.ForcedOpen, TimeSpan.FromSeconds(seconds), "no"));

    [Fact]
    public void Override_NoMode_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TestCircuit().Breaker.Override((CircuitMode)9, Minute, "no"));

    [Fact]
    public void Reset_WhileOpen_IsClosedAndKnowsNothing()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Record(circuit.Probe(), TestCircuit.Failure());
        circuit.Breaker.Reset();

        Assert.Equal((CircuitState.Closed, 0, 0), (circuit.State, circuit.Status.BackoffStep, circuit.Status.WindowFailures));
        Assert.Equal((CircuitState.Open, CircuitState.Closed, TransitionReason.Reset), Kind(circuit.Transitions[^1]));
        Assert.Equal(1, circuit.Breaker.GetCounts().Transitions(CircuitState.Open, CircuitState.Closed, TransitionReason.Reset));
        circuit.Trip();
        Assert.Equal(10 * Second, circuit.Status.RetryAfter);
    }

    [Fact]
    public void Reset_WaitIsOver_GoesFromHalfOpen()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.WaitOut();
        circuit.Breaker.Reset();

        Assert.Equal([TransitionReason.WaitOver, TransitionReason.Reset], circuit.Transitions.Skip(1).Select(t => t.Reason));
    }

    [Fact]
    public void Reset_ProbeInFlight_ItsResultIsLate()
    {
        var circuit = new TestCircuit();
        var probe = circuit.Probe();
        circuit.Breaker.Reset();
        circuit.Breaker.Record(probe, TestCircuit.Failure());

        Assert.Equal((CircuitState.Closed, 0), (circuit.State, circuit.Status.WindowFailures));
        Assert.Equal(1, circuit.Breaker.GetCounts().LateResults(CallOutcome.Failure));
    }

    [Fact]
    public void Reset_WhileClosed_ForgetsTheFailuresWithoutATransition()
    {
        var circuit = new TestCircuit();
        circuit.Repeat(2, () => circuit.Fail());
        circuit.Breaker.Reset();

        Assert.Equal(0, circuit.Status.WindowFailures);
        Assert.Empty(circuit.Transitions);
    }

    [Fact]
    public void Reset_WhileAnOverrideHolds_EndsIt()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Override(CircuitMode.ForcedOpen, Minute, "deploy");
        circuit.Breaker.Reset();

        Assert.Null(circuit.Status.Override);
        Assert.Equal((CircuitState.ForcedOpen, CircuitState.Closed, TransitionReason.ModeChanged), Kind(circuit.Transitions[^1]));
    }

    [Fact]
    public void Reset_ForcedOpenByTheOptions_StaysSo()
    {
        var circuit = new TestCircuit(o => o.Mode = CircuitMode.ForcedOpen);
        circuit.Breaker.Reset();

        Assert.Equal(CircuitState.ForcedOpen, circuit.State);
        Assert.Empty(circuit.Transitions);
    }

    private static (CircuitState From, CircuitState To, TransitionReason Reason) Kind(CircuitTransition t) => (t.From, t.To, t.Reason);
}
