namespace EventGateway.CircuitBreaking.Tests;

public class CountsTests
{
    [Fact]
    public void GetCounts_New_EverythingIsZero()
    {
        var counts = new TestCircuit().Breaker.GetCounts();

        Assert.All(Everything(counts), total => Assert.Equal(0, total));
    }

    [Fact]
    public void GetCounts_EachThingHappensADifferentNumberOfTimes_NoneIsTakenForAnother()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 10_000);
        var expected = 0;
        foreach (var (outcome, cause) in CircuitCounts.PossibleCalls)
        {
            expected++;
            for (var i = 0; i < expected; i++)
            {
                circuit.Breaker.Record(circuit.Acquire(), Result(outcome, cause));
            }
        }

        var counts = circuit.Breaker.GetCounts();

        Assert.Equal(Enumerable.Range(1, expected), CircuitCounts.PossibleCalls.Select(p => (int)counts.Calls(p.Outcome, p.Cause)));
        Assert.Equal(expected * (expected + 1) / 2, Everything(counts).Sum());
    }

    [Fact]
    public void GetCounts_OneRound_CountsTransitionsAndRejections()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Rejection();
        circuit.Rejection();
        circuit.WaitOut();
        var probe = circuit.Acquire();
        circuit.Rejection();
        circuit.Breaker.Record(probe, CallResult.Success);

        var counts = circuit.Breaker.GetCounts();

        Assert.Equal(2, counts.Rejections(CircuitState.Open));
        Assert.Equal(1, counts.Rejections(CircuitState.HalfOpen));
        Assert.Equal(
            [TransitionReason.FailureThreshold, TransitionReason.WaitOver, TransitionReason.ProbesSucceeded],
            CircuitCounts.PossibleTransitions.Where(t => counts.Transitions(t.From, t.To, t.Reason) == 1).Select(t => t.Reason));
        Assert.Equal(3, CircuitCounts.PossibleTransitions.Sum(t => counts.Transitions(t.From, t.To, t.Reason)));
    }

    [Fact]
    public void Transitions_ImpossibleTriple_IsZero()
    {
        var circuit = new TestCircuit();
        circuit.Trip();

        Assert.Equal(
            0, circuit.Breaker.GetCounts().Transitions(CircuitState.HalfOpen, CircuitState.Open, TransitionReason.FailureThreshold));
    }

    [Fact]
    public void GetCounts_CallsGoOn_TheCopyStays()
    {
        var circuit = new TestCircuit();
        var counts = circuit.Breaker.GetCounts();
        circuit.Succeed();

        Assert.Equal(0, counts.Calls(CallOutcome.Success, CallCause.None));
    }

    private static IEnumerable<long> Everything(CircuitCounts counts) =>
    [
        .. CircuitCounts.PossibleCalls.Select(p => counts.Calls(p.Outcome, p.Cause)),
        .. CircuitCounts.PossibleRejections.Select(counts.Rejections),
        .. CircuitCounts.PossibleTransitions.Select(t => counts.Transitions(t.From, t.To, t.Reason)),
        .. Enum.GetValues<CallOutcome>().Select(counts.LateResults),
    ];

    private static CallResult Result(CallOutcome outcome, CallCause cause) => outcome switch
    {
        CallOutcome.Success => CallResult.Success,
        CallOutcome.Failure => CallResult.Failure(cause, TimeSpan.Zero),
        CallOutcome.Ignored => CallResult.Ignored(cause),
        _ => CallResult.NotAttempted,
    };
}
