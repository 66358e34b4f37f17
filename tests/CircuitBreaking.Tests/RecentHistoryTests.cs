namespace EventGateway.CircuitBreaking.Tests;

public class RecentHistoryTests
{
    [Fact]
    public void RecentFailures_MoreThanTwenty_ShowsTheLastTwentyNewestFirst()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 100);
        for (var status = 500; status < 525; status++)
        {
            circuit.Breaker.Record(
                circuit.Acquire(), CallResult.Failure(CallCause.Status5xx, TimeSpan.FromSeconds(1), status, traceId: $"trace {status}"));
            circuit.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var failures = circuit.Breaker.RecentFailures;

        Assert.Equal(Enumerable.Range(505, 20).Reverse(), failures.Select(f => f.Status!.Value));
        var newest = new CircuitFailure(
            circuit.Clock.GetUtcNow() - TimeSpan.FromSeconds(1), CallCause.Status5xx, 524, TimeSpan.FromSeconds(1), "trace 524");
        Assert.Equal(newest, failures[0]);
    }

    [Fact]
    public void RecentTransitions_MoreThanTwenty_ShowsTheLastTwentyNewestFirst()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        for (var i = 0; i < 15; i++)
        {
            circuit.WaitOut();
            circuit.Fail();
        }

        Assert.Equal(Enumerable.Reverse(circuit.Transitions).Take(20), circuit.Breaker.RecentTransitions);
        Assert.Equal(31, circuit.Breaker.RecentTransitions[0].Sequence);
    }

    [Fact]
    public void RecentTransitions_OneRound_SaysWhenWhyAndHowLong()
    {
        var circuit = new TestCircuit();
        var start = circuit.Clock.GetUtcNow();
        circuit.Clock.Advance(TimeSpan.FromSeconds(5));
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(11));
        var probe = circuit.Acquire();
        circuit.Clock.Advance(TimeSpan.FromSeconds(2));
        circuit.Breaker.Record(probe, CallResult.Success);

        Assert.Equal(
            [
                (3, Seconds(18), TransitionReason.ProbesSucceeded, null, Seconds(3)),
                (2, Seconds(16), TransitionReason.WaitOver, null, Seconds(10)),
                (1, Seconds(5), TransitionReason.FailureThreshold, Seconds(10), Seconds(5)),
            ],
            circuit.Breaker.RecentTransitions.Select(t => (t.Sequence, t.At - start, t.Reason, t.Wait, t.TimeInPreviousState)));

        static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);
    }
}
