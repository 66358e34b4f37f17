namespace EventGateway.CircuitBreaking.Tests;

public class CallResultTests
{
    [Fact]
    public void Factories_EveryPossiblePair_AreTheOnesThatCountsAnnounce()
    {
        var made = new HashSet<(CallOutcome, CallCause)> { Pair(CallResult.Success), Pair(CallResult.NotAttempted) };
        foreach (var cause in Enum.GetValues<CallCause>())
        {
            TryMake(() => CallResult.Ignored(cause));
            TryMake(() => CallResult.Failure(cause, TimeSpan.Zero));
        }

        Assert.Equal(made, CircuitCounts.PossibleCalls.ToHashSet());

        void TryMake(Func<CallResult> make)
        {
            try
            {
                made.Add(Pair(make()));
            }
            catch (ArgumentOutOfRangeException refused)
            {
                Assert.Equal("cause", refused.ParamName);
            }
        }
    }

    [Fact]
    public void Failure_AllItsFacts_AreKept()
    {
        var result = CallResult.Failure(CallCause.Status5xx, TimeSpan.FromSeconds(2), 503, TimeSpan.FromSeconds(9), "4bf92f35", TimeSpan.FromSeconds(1));

        Assert.Equal(CallOutcome.Failure, result.Outcome);
        Assert.Equal(CallCause.Status5xx, result.Cause);
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)), (result.Duration, result.Latency));
        Assert.Equal(503, result.Status);
        Assert.Equal(TimeSpan.FromSeconds(9), result.RetryAfter);
        Assert.Equal("4bf92f35", result.TraceId);
    }

    [Fact]
    public void Succeeded_ItsLatency_IsAllThatTellsItFromAnotherSuccess()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), CallResult.Succeeded(TimeSpan.FromSeconds(2)).Latency);
        Assert.Equal(CallResult.Success, CallResult.Succeeded(TimeSpan.Zero));
    }

    [Fact]
    public void Failure_ClientsFault_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CallResult.Failure(CallCause.ClientAbort, TimeSpan.Zero));

    private static (CallOutcome Outcome, CallCause Cause) Pair(CallResult result) => (result.Outcome, result.Cause);
}
