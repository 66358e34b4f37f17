namespace EventGateway.CircuitBreaking.Tests;

public class ProbeLeaseTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void GetStatus_LeaseEnds_OpensWithTheNextWaitAtThatMoment()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(Lease - Tick);
        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        circuit.Clock.Advance(Tick);

        Assert.Equal(CircuitState.Open, circuit.State);
        Assert.Equal(TimeSpan.FromSeconds(20), circuit.Status.RetryAfter);
        Assert.Equal(TransitionReason.ProbeTimeout, circuit.Transitions[^1].Reason);
    }

    [Fact]
    public void GetStatus_LeaseEndedAWhileAgo_TheWaitBeganWhenItEnded()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(Lease + TimeSpan.FromSeconds(5));

        Assert.Equal(TimeSpan.FromSeconds(15), circuit.Status.RetryAfter);
        Assert.Equal(circuit.Clock.GetUtcNow() - TimeSpan.FromSeconds(5), circuit.Transitions[^1].At);
        Assert.Equal(circuit.Clock.GetUtcNow() - TimeSpan.FromSeconds(5), circuit.Status.Since);
    }

    [Fact]
    public void TryAcquire_LeaseAndNextWaitAreLongOver_IsTheNextProbe()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(TimeSpan.FromHours(1));
        circuit.Acquire();

        Assert.Equal(
            [TransitionReason.FailureThreshold, TransitionReason.WaitOver, TransitionReason.ProbeTimeout, TransitionReason.WaitOver],
            circuit.Transitions.Select(t => t.Reason));
        Assert.Equal(2, circuit.Status.BackoffStep);
    }

    [Fact]
    public void GetStatus_LeaseAndNextWaitAreLongOver_ReadsHalfOpenWithFreePlaces()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        Assert.Equal(0, circuit.Status.ProbesInFlight);
    }

    [Fact]
    public void Record_AtTheEndOfItsLease_IsLate()
    {
        var circuit = new TestCircuit();
        var probe = circuit.Probe();
        circuit.Clock.Advance(Lease);
        circuit.Breaker.Record(probe, CallResult.Success);

        Assert.Equal(CircuitState.Open, circuit.State);
        var counts = circuit.Breaker.GetCounts();
        Assert.Equal(1, counts.LateResults(CallOutcome.Success));
        Assert.Equal(0, counts.Calls(CallOutcome.Success, CallCause.None));
        Assert.Equal(1, counts.Calls(CallOutcome.Failure, CallCause.Timeout));
    }

    [Fact]
    public void Record_OneTickBeforeTheEndOfItsLease_Counts()
    {
        var circuit = new TestCircuit();
        var probe = circuit.Probe();
        circuit.Clock.Advance(Lease - Tick);
        circuit.Breaker.Record(probe, CallResult.Success);

        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    [Fact]
    public void GetStatus_OneLeaseOfSeveralEnds_OpensAndTheOthersComeTooLate()
    {
        var circuit = new TestCircuit(o => o.HalfOpenMaxProbes = 2);
        circuit.Probe();
        circuit.Clock.Advance(TimeSpan.FromSeconds(30));
        var second = circuit.Acquire();
        circuit.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(CircuitState.Open, circuit.State);
        circuit.Breaker.Record(second, CallResult.Success);

        Assert.Equal(CircuitState.Open, circuit.State);
        var counts = circuit.Breaker.GetCounts();
        Assert.Equal(1, counts.LateResults(CallOutcome.Success));
        Assert.Equal(1, counts.Calls(CallOutcome.Success, CallCause.None));
    }

    [Fact]
    public void RecentFailures_LeaseEnded_ShowsATimeoutAsLongAsTheLease()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(Lease);

        Assert.Equal(
            new CircuitFailure(circuit.Clock.GetUtcNow(), CallCause.Timeout, null, Lease, null), circuit.Breaker.RecentFailures[0]);
    }

    [Fact]
    public void GetCounts_NobodyElseLooked_HasTheLeaseThatEnded()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(Lease);

        Assert.Equal(
            1, circuit.Breaker.GetCounts().Transitions(CircuitState.HalfOpen, CircuitState.Open, TransitionReason.ProbeTimeout));
        Assert.Equal(TransitionReason.ProbeTimeout, circuit.Transitions[^1].Reason);
    }
}
