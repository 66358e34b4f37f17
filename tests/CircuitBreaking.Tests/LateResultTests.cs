namespace EventGateway.CircuitBreaking.Tests;

public class LateResultTests
{
    [Fact]
    public void Record_SuccessOfACallFromBeforeTheTrip_DoesNotClose()
    {
        var circuit = new TestCircuit();
        var early = circuit.Acquire();
        circuit.Trip();
        var before = circuit.Status;
        circuit.Breaker.Record(early, CallResult.Success);

        Assert.Equal(before, circuit.Status);
        Assert.Equal(1, circuit.Breaker.GetCounts().LateResults(CallOutcome.Success));
        Assert.Equal(1, circuit.Breaker.GetCounts().Calls(CallOutcome.Success, CallCause.None));
    }

    [Fact]
    public void Record_FailureOfACallFromBeforeTheTrip_DoesNotProlongTheWait()
    {
        var circuit = new TestCircuit();
        var early = circuit.Acquire();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(7));
        var before = circuit.Status;
        circuit.Breaker.Record(early, TestCircuit.Failure(TimeSpan.FromSeconds(50)));

        Assert.Equal(before, circuit.Status);
        Assert.Equal(3, circuit.Breaker.RecentFailures.Count);
        Assert.Equal(1, circuit.Breaker.GetCounts().LateResults(CallOutcome.Failure));
    }

    [Fact]
    public void Record_OldCallWhileProbing_NeitherClosesNorOpensNorFreesAPlace()
    {
        var circuit = new TestCircuit();
        var (first, second, third) = (circuit.Acquire(), circuit.Acquire(), circuit.Acquire());
        circuit.Probe();
        circuit.Breaker.Record(first, CallResult.Success);
        circuit.Breaker.Record(second, TestCircuit.Failure());
        circuit.Breaker.Record(third, CallResult.NotAttempted);

        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        Assert.Equal(1, circuit.Status.ProbesInFlight);
    }

    [Fact]
    public void Record_ProbeOfAnEarlierHalfOpen_DoesNotDecideTheNextOne()
    {
        var circuit = new TestCircuit(o => o.HalfOpenMaxProbes = 2);
        var slow = circuit.Probe();
        circuit.Fail();
        circuit.WaitOut();
        circuit.Acquire();
        circuit.Breaker.Record(slow, CallResult.Success);

        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        Assert.Equal(1, circuit.Status.ProbesInFlight);
    }

    [Fact]
    public void Record_FailureOfACallFromBeforeTheTripAfterClosing_DoesNotCountTowardsTheThreshold()
    {
        var circuit = new TestCircuit();
        var early = circuit.Acquire();
        circuit.Breaker.Record(circuit.Probe(), CallResult.Success);
        circuit.Breaker.Record(early, TestCircuit.Failure());

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(0, circuit.Status.WindowFailures);
    }
}
