namespace EventGateway.CircuitBreaking.Tests;

public class RatioRuleTests
{
    [Fact]
    public void Record_ShareOfFailuresIsReached_Opens()
    {
        var circuit = RatioOnly(0.5, minimumCalls: 10);
        circuit.Repeat(5, circuit.Succeed);
        circuit.Repeat(4, () => circuit.Fail());
        Assert.Equal(new WindowTotals(9, 4, 0), circuit.Status.Window);
        Assert.Equal(CircuitState.Closed, circuit.State);
        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
        Assert.Equal(TransitionReason.FailureRatio, Assert.Single(circuit.Transitions).Reason);
    }

    [Fact]
    public void Record_ShareIsJustMissed_StaysClosed()
    {
        var circuit = RatioOnly(0.1, minimumCalls: 30);
        circuit.Repeat(28, circuit.Succeed);
        circuit.Repeat(3, () => circuit.Fail());

        Assert.Equal(new WindowTotals(31, 3, 0), circuit.Status.Window);
        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    // Three of thirty are what "0.1" says, though 0.1 itself is no number of the machine's.
    [Theory]
    [InlineData(0.1, 3, 30)]
    [InlineData(0.07, 7, 100)]
    [InlineData(0.29, 29, 100)]
    [InlineData(1, 5, 5)]
    public void Record_ShareIsExactlyTheRatio_Opens(double ratio, int failures, int calls)
    {
        var circuit = RatioOnly(ratio, minimumCalls: calls);
        circuit.Repeat(calls - failures, circuit.Succeed);
        circuit.Repeat(failures, () => circuit.Fail());

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_TooFewCalls_StaysClosedUntilAFailureMakesThemEnough()
    {
        var circuit = RatioOnly(0.5, minimumCalls: 5);
        circuit.Repeat(3, () => circuit.Fail());
        circuit.Repeat(2, circuit.Succeed);
        Assert.Equal(CircuitState.Closed, circuit.State);   // enough by a success: that opens nothing
        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_IgnoredAndNotAttempted_AreNoCalls()
    {
        var circuit = RatioOnly(0.5, minimumCalls: 1);
        circuit.Breaker.Record(circuit.Acquire(), CallResult.Ignored(CallCause.ClientAbort));
        circuit.Breaker.Record(circuit.Acquire(), CallResult.NotAttempted);

        Assert.Equal(new WindowTotals(0, 0, 0), circuit.Status.Window);
    }

    [Theory]
    [InlineData(0.3, CircuitState.Closed)]
    [InlineData(0.25, CircuitState.Open)]
    [InlineData(0, CircuitState.Open)]
    public void Record_ThresholdIsReached_TheMinimumRatioMustHoldAsWell(double minimum, CircuitState state)
    {
        var circuit = new TestCircuit(o => o.MinimumFailureRatio = minimum);
        circuit.Repeat(9, circuit.Succeed);
        circuit.Repeat(3, () => circuit.Fail());

        Assert.Equal(state, circuit.State);
    }

    [Fact]
    public void Record_RatioReachedAfterTheThreshold_OpensByTheThreshold()
    {
        var circuit = new TestCircuit(o => o.MinimumFailureRatio = 0.5);
        circuit.Repeat(4, circuit.Succeed);
        circuit.Repeat(3, () => circuit.Fail());
        Assert.Equal(CircuitState.Closed, circuit.State);
        circuit.Fail();

        Assert.Equal(TransitionReason.FailureThreshold, Assert.Single(circuit.Transitions).Reason);
    }

    [Fact]
    public void GetStatus_NoRuleAsksForCalls_HasNone()
    {
        var circuit = new TestCircuit();
        circuit.Succeed();

        Assert.Null(circuit.Status.Window);
    }

    [Fact]
    public void Record_CallsGrowOld_LeaveByTenthsOfTheWindow()
    {
        var circuit = RatioOnly(1, minimumCalls: 100);   // 30 s: tenths of 3 s
        circuit.Succeed();
        circuit.Clock.Advance(TimeSpan.FromSeconds(2));
        circuit.Fail();
        circuit.Clock.Advance(TimeSpan.FromSeconds(1));
        circuit.Succeed();
        circuit.Clock.Advance(TimeSpan.FromSeconds(27) - TimeSpan.FromTicks(1));
        Assert.Equal(new WindowTotals(3, 1, 0), circuit.Status.Window);
        circuit.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(new WindowTotals(1, 0, 0), circuit.Status.Window);
        circuit.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(new WindowTotals(0, 0, 0), circuit.Status.Window);
    }

    [Fact]
    public void Record_LongAfterTheLastCall_CountsAnew()
    {
        var circuit = RatioOnly(1, minimumCalls: 100);
        for (var round = 0; round < 24; round++)
        {
            circuit.Succeed();
            Assert.Equal(1, circuit.Status.Window!.Value.Calls);
            circuit.Clock.Advance(TimeSpan.FromSeconds(30 * (1 << round)));
        }
    }

    [Fact]
    public void Record_ProbeCloses_ForgetsTheCalls()
    {
        var circuit = RatioOnly(0.5, minimumCalls: 2);
        circuit.Repeat(2, () => circuit.Fail());
        circuit.WaitOut();
        circuit.Succeed();

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(new WindowTotals(0, 0, 0), circuit.Status.Window);
    }

    [Fact]
    public void Update_AddsARatio_CountsCallsFromThenOn()
    {
        var circuit = new TestCircuit();
        circuit.Repeat(5, circuit.Succeed);
        circuit.Breaker.Update(TestCircuit.Options(o => o.MinimumFailureRatio = 0.5));
        circuit.Succeed();

        Assert.Equal(new WindowTotals(1, 0, 0), circuit.Status.Window);
    }

    [Fact]
    public void Update_OtherRatio_KeepsTheCalls()
    {
        var circuit = RatioOnly(1, minimumCalls: 100);
        circuit.Repeat(5, circuit.Succeed);
        circuit.Breaker.Update(TestCircuit.Options(o => (o.FailureRatio, o.FailureThreshold) = (0.2, 10_000)));

        Assert.Equal(5, circuit.Status.Window!.Value.Calls);
    }

    [Fact]
    public void Update_OtherWindow_CountsEachTenthAsIfItsCallsHadComeWhenItBegan()
    {
        var circuit = RatioOnly(1, minimumCalls: 100);
        circuit.Succeed();                                  // in the tenth that began at 0
        circuit.Clock.Advance(TimeSpan.FromSeconds(26));
        circuit.Fail();                                     // in that of 24
        circuit.Clock.Advance(TimeSpan.FromSeconds(2));     // 28
        SetWindow(10);

        Assert.Equal(new WindowTotals(1, 1, 0), circuit.Status.Window);
        circuit.Clock.Advance(TimeSpan.FromSeconds(6) - TimeSpan.FromTicks(1));
        Assert.Equal(new WindowTotals(1, 1, 0), circuit.Status.Window);
        circuit.Clock.Advance(TimeSpan.FromTicks(1));       // 34, ten after it began
        Assert.Equal(new WindowTotals(0, 0, 0), circuit.Status.Window);

        circuit.Succeed();
        SetWindow(60);
        circuit.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(new WindowTotals(1, 0, 0), circuit.Status.Window);

        void SetWindow(int seconds) => circuit.Breaker.Update(TestCircuit.Options(o =>
            (o.FailureRatio, o.MinimumCalls, o.FailureThreshold, o.FailureWindow) = (1, 100, 10_000, TimeSpan.FromSeconds(seconds))));
    }

    private static TestCircuit RatioOnly(double ratio, int minimumCalls) =>
        new(o => (o.FailureRatio, o.MinimumCalls, o.FailureThreshold) = (ratio, minimumCalls, 10_000));
}
