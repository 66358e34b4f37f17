namespace EventGateway.CircuitBreaking.Tests;

public class UpdateTests
{
    [Fact]
    public void Update_EqualOptions_ChangesNothing()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(3));
        var before = circuit.Status;
        circuit.Breaker.Update(TestCircuit.Options());

        Assert.Equal(before, circuit.Status);
        Assert.Single(circuit.Transitions);
    }

    [Fact]
    public void Update_LowerThreshold_IsAppliedByTheNextFailure()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 5);
        for (var i = 0; i < 4; i++)
        {
            circuit.Fail();
        }

        circuit.Breaker.Update(TestCircuit.Options(o => o.FailureThreshold = 2));
        circuit.Succeed();
        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal((4, 2), (circuit.Status.WindowFailures, circuit.Status.FailureThreshold));

        circuit.Fail();
        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Update_HigherThreshold_FailuresThatStillCountAreKept()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Fail();
        circuit.Breaker.Update(TestCircuit.Options(o => o.FailureThreshold = 4));
        circuit.Fail();
        Assert.Equal(CircuitState.Closed, circuit.State);
        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Update_ShorterWindow_OlderFailuresNoLongerCount()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Fail();
        circuit.Clock.Advance(TimeSpan.FromSeconds(20));
        circuit.Breaker.Update(TestCircuit.Options(o => o.FailureWindow = TimeSpan.FromSeconds(10)));
        Assert.Equal(0, circuit.Status.WindowFailures);
        circuit.Fail();

        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void Update_OtherWaitWhileWaiting_TheRunningWaitKeepsItsEndAndTheNextIsNew(int resetSeconds)
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(4));
        circuit.Breaker.Update(TestCircuit.Options(o => o.ResetTimeout = TimeSpan.FromSeconds(resetSeconds)));
        Assert.Equal(TimeSpan.FromSeconds(6), circuit.Status.RetryAfter);

        circuit.WaitOut();
        circuit.Fail();
        Assert.Equal(2, circuit.Status.BackoffStep);
        Assert.Equal(TimeSpan.FromSeconds(Math.Min(60, resetSeconds * 2)), circuit.Status.RetryAfter);
    }

    [Fact]
    public void Update_ShorterProbeTimeout_TheRunningLeaseKeepsItsEnd()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Breaker.Update(TestCircuit.Options(o => o.ProbeTimeout = TimeSpan.FromSeconds(1)));
        circuit.Clock.Advance(TimeSpan.FromSeconds(34));

        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        Assert.Equal(1, circuit.Status.ProbesInFlight);
    }

    [Fact]
    public void Update_FewerProbes_TheyFinishAndNoOthersJoin()
    {
        var circuit = new TestCircuit(o => (o.HalfOpenMaxProbes, o.SuccessesToClose) = (2, 3));
        var first = circuit.Probe();
        circuit.Acquire();
        circuit.Breaker.Update(TestCircuit.Options(o => o.SuccessesToClose = 3));
        circuit.Breaker.Record(first, CallResult.Success);

        Assert.Equal(1, circuit.Status.ProbesInFlight);
        circuit.Rejection();
    }

    [Fact]
    public void Update_FewerSuccessesToClose_IsAppliedByTheNextSuccess()
    {
        var circuit = new TestCircuit(o => o.SuccessesToClose = 5);
        circuit.Breaker.Record(circuit.Probe(), CallResult.Success);
        circuit.Succeed();
        circuit.Breaker.Update(TestCircuit.Options(o => o.SuccessesToClose = 2));
        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        circuit.Succeed();

        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    [Fact]
    public void Update_LeaseEndedBefore_ItsWaitIsTheOneOfThatTime()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(TimeSpan.FromSeconds(35));
        circuit.Breaker.Update(TestCircuit.Options(o => o.ResetTimeout = TimeSpan.FromSeconds(1)));

        Assert.Equal(TimeSpan.FromSeconds(20), circuit.Status.RetryAfter);
    }

    [Fact]
    public void Update_InvalidOptions_AreRefusedAndTheFormerOnesStay()
    {
        var circuit = new TestCircuit();

        Assert.Throws<ArgumentException>(() => circuit.Breaker.Update(TestCircuit.Options(o => o.FailureThreshold = 0)));

        Assert.Equal(3, circuit.Status.FailureThreshold);
    }

    [Fact]
    public void Update_OptionsChangeAfterwards_TheBreakerHasItsOwnCopy()
    {
        var circuit = new TestCircuit();
        var options = TestCircuit.Options();
        circuit.Breaker.Update(options);
        options.FailureThreshold = 9;

        Assert.Equal(3, circuit.Status.FailureThreshold);
    }
}
