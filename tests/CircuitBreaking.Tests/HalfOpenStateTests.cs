namespace EventGateway.CircuitBreaking.Tests;

public class HalfOpenStateTests
{
    [Fact]
    public void Record_ProbeSucceeds_ClosesAndForgetsFailuresAndBackoff()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Record(circuit.Probe(), TestCircuit.Failure());
        circuit.WaitOut();
        circuit.Succeed();

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(0, circuit.Status.BackoffStep);
        Assert.Equal(0, circuit.Status.WindowFailures);

        circuit.Fail();
        circuit.Fail();
        Assert.Equal(CircuitState.Closed, circuit.State);
        circuit.Fail();
        Assert.Equal(TimeSpan.FromSeconds(10), circuit.Status.RetryAfter);
    }

    [Fact]
    public void TryAcquire_ProbeInFlight_IsRejectedWithNoWait()
    {
        var circuit = new TestCircuit();
        circuit.Probe();

        Assert.Equal(new CircuitRejection(CircuitState.HalfOpen, TimeSpan.Zero), circuit.Rejection());
    }

    [Fact]
    public void TryAcquire_SeveralProbesAllowed_PermitsExactlyThatMany()
    {
        var circuit = new TestCircuit(o => o.HalfOpenMaxProbes = 3);
        circuit.Probe();
        circuit.Acquire();
        circuit.Acquire();

        Assert.Equal(CircuitState.HalfOpen, circuit.Rejection().State);
        Assert.Equal(3, circuit.Status.ProbesInFlight);
    }

    [Fact]
    public void Record_OneOfSeveralProbesFails_OpensAtOnceWithTheNextWait()
    {
        var circuit = new TestCircuit(o => (o.HalfOpenMaxProbes, o.SuccessesToClose) = (3, 2));
        var first = circuit.Probe();
        var second = circuit.Acquire();
        circuit.Breaker.Record(first, CallResult.Success);
        circuit.Breaker.Record(second, TestCircuit.Failure());

        Assert.Equal(CircuitState.Open, circuit.State);
        Assert.Equal(TimeSpan.FromSeconds(20), circuit.Status.RetryAfter);
        Assert.Equal(TransitionReason.ProbeFailed, circuit.Transitions[^1].Reason);
    }

    [Fact]
    public void Record_SeveralSuccessesNeeded_ClosesAtTheLastOfThem()
    {
        var circuit = new TestCircuit(o => o.SuccessesToClose = 3);
        circuit.Breaker.Record(circuit.Probe(), CallResult.Success);
        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        circuit.Succeed();
        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        circuit.Succeed();

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(TransitionReason.ProbesSucceeded, circuit.Transitions[^1].Reason);
    }

    [Fact]
    public void Record_ReopensHalfway_EarlierSuccessesNoLongerCount()
    {
        var circuit = new TestCircuit(o => o.SuccessesToClose = 2);
        circuit.Breaker.Record(circuit.Probe(), CallResult.Success);
        circuit.Fail();
        circuit.WaitOut();
        circuit.Succeed();

        Assert.Equal(CircuitState.HalfOpen, circuit.State);
    }

    public static TheoryData<CallOutcome> Abortions => [CallOutcome.Ignored, CallOutcome.NotAttempted];

    [Theory]
    [MemberData(nameof(Abortions))]
    public void Record_ProbeIsAborted_GivesItsPlaceBackAndDecidesNothing(CallOutcome outcome)
    {
        var circuit = new TestCircuit();
        var result = outcome == CallOutcome.Ignored ? CallResult.Ignored(CallCause.ClientAbort) : CallResult.NotAttempted;
        circuit.Breaker.Record(circuit.Probe(), result);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(CircuitState.HalfOpen, circuit.State);
            Assert.Equal(0, circuit.Status.ProbesInFlight);
            circuit.Breaker.Record(circuit.Acquire(), result);
        }

        circuit.Succeed();
        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    [Fact]
    public void Record_ProbeASecondTime_ThrowsAndChangesNothing()
    {
        var circuit = new TestCircuit(o => (o.HalfOpenMaxProbes, o.SuccessesToClose) = (2, 2));
        var probe = circuit.Probe();
        circuit.Acquire();
        circuit.Breaker.Record(probe, CallResult.Success);
        var before = circuit.Status;

        Assert.Throws<InvalidOperationException>(() => circuit.Breaker.Record(probe, CallResult.Success));
        Assert.Throws<InvalidOperationException>(() => circuit.Breaker.Record(probe, TestCircuit.Failure()));

        Assert.Equal(before, circuit.Status);
        Assert.Equal(1, circuit.Breaker.GetCounts().Calls(CallOutcome.Success, CallCause.None));
    }

    [Fact]
    public void Record_ProbeASecondTimeAfterATransition_ThrowsAndCountsNothing()
    {
        var circuit = new TestCircuit();
        var probe = circuit.Probe();
        circuit.Breaker.Record(probe, CallResult.Success);

        Assert.Throws<InvalidOperationException>(() => circuit.Breaker.Record(probe, TestCircuit.Failure()));

        Assert.Equal(0, circuit.Status.WindowFailures);
        Assert.Equal(0, circuit.Breaker.GetCounts().LateResults(CallOutcome.Failure));
    }
}
