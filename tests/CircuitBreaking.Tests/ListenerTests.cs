namespace EventGateway.CircuitBreaking.Tests;

public class ListenerTests
{
    [Fact]
    public void Transitioned_ListenerThrows_NeitherTheCallerNorTheOthersNotice()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 1);
        var heard = new List<CircuitState>();
        circuit.Breaker.Transitioned += _ => throw new InvalidOperationException("A listener's own trouble.");
        circuit.Breaker.Transitioned += transition => heard.Add(transition.To);
        circuit.Fail();
        circuit.WaitOut();
        circuit.Succeed();

        Assert.Equal([CircuitState.Open, CircuitState.HalfOpen, CircuitState.Closed], heard);
        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    [Fact]
    public void Transitioned_ListenerUsesTheBreaker_HearsTheResultAfterwardsAndInOrder()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 1);
        circuit.Breaker.Transitioned += transition =>
        {
            if (transition.To == CircuitState.Open)
            {
                circuit.WaitOut();
                circuit.Succeed();
            }
        };
        circuit.Fail();

        Assert.Equal([CircuitState.Open, CircuitState.HalfOpen, CircuitState.Closed], circuit.Transitions.Select(t => t.To));
    }

    [Fact]
    public void Transitioned_Unsubscribed_IsNotTold()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Transitioned -= circuit.Transitions.Add;
        circuit.Trip();

        Assert.Empty(circuit.Transitions);
        Assert.Single(circuit.Breaker.RecentTransitions);
    }

    [Fact]
    public void Transitioned_LeaseEndIsNoticedByAReading_IsToldToo()
    {
        var circuit = new TestCircuit();
        circuit.Probe();
        circuit.Clock.Advance(TimeSpan.FromSeconds(35));
        circuit.Breaker.GetStatus();

        Assert.Equal(TransitionReason.ProbeTimeout, circuit.Transitions[^1].Reason);
    }
}
