namespace EventGateway.CircuitBreaking.Tests;

public class SlowCallRuleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly TestCircuit _circuit = new(o =>
        (o.SlowCallDuration, o.SlowCallRatio, o.MinimumCalls, o.FailureThreshold) = (Limit, 0.5, 4, 10_000));

    [Fact]
    public void Record_ShareOfSlowSuccessesIsReached_Opens()
    {
        _circuit.Repeat(2, _circuit.Succeed);
        SucceedAfter(Limit);
        Assert.Equal(CircuitState.Closed, _circuit.State);
        SucceedAfter(Limit);

        Assert.Equal(CircuitState.Open, _circuit.State);
        Assert.Equal(TransitionReason.SlowCallRatio, Assert.Single(_circuit.Transitions).Reason);
        Assert.Equal(2, _circuit.Breaker.GetCounts().Calls(CallOutcome.Success, CallCause.None) - 2);
        Assert.Empty(_circuit.Breaker.RecentFailures);
    }

    [Fact]
    public void Record_OneTickLessThanSlow_StaysClosed()
    {
        for (var i = 0; i < 10; i++)
        {
            SucceedAfter(Limit - TimeSpan.FromTicks(1));
        }

        Assert.Equal(new WindowTotals(10, 0, 0), _circuit.Status.Window);
    }

    [Fact]
    public void Record_SlowFailures_AreSlowCallsToo()
    {
        for (var i = 0; i < 4; i++)
        {
            _circuit.Breaker.Record(_circuit.Acquire(), CallResult.Failure(CallCause.Timeout, Limit));
        }

        Assert.Equal(TransitionReason.SlowCallRatio, Assert.Single(_circuit.Transitions).Reason);
        Assert.Equal(new WindowTotals(4, 4, 4), _circuit.Status.Window);
    }

    [Fact]
    public void Record_QuickFailuresOfLongCalls_AreNoSlowCalls()
    {
        for (var i = 0; i < 4; i++)
        {
            _circuit.Breaker.Record(_circuit.Acquire(), CallResult.Failure(CallCause.Body, Limit * 9, latency: Limit - TimeSpan.FromTicks(1)));
        }

        Assert.Equal(new WindowTotals(4, 4, 0), _circuit.Status.Window);
        Assert.All(_circuit.Breaker.RecentFailures, failure => Assert.Equal(Limit * 9, failure.Duration));
    }

    [Fact]
    public void Record_TooFewCalls_StaysClosed()
    {
        _circuit.Repeat(3, () => SucceedAfter(Limit));

        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Record_SlowProbe_Closes()
    {
        _circuit.Repeat(4, () => SucceedAfter(Limit));
        _circuit.WaitOut();
        SucceedAfter(Limit);

        Assert.Equal(CircuitState.Closed, _circuit.State);
        Assert.Equal(0, _circuit.Status.Window!.Value.SlowCalls);
    }

    [Fact]
    public void Record_LateSlowSuccess_ChangesNothing()
    {
        var late = _circuit.Acquire();
        _circuit.Repeat(4, () => SucceedAfter(Limit));
        _circuit.WaitOut();
        _circuit.Succeed();
        _circuit.Breaker.Record(late, CallResult.Succeeded(Limit));

        Assert.Equal(new WindowTotals(0, 0, 0), _circuit.Status.Window);
        Assert.Equal(1, _circuit.Breaker.GetCounts().LateResults(CallOutcome.Success));
    }

    private void SucceedAfter(TimeSpan latency) => _circuit.Breaker.Record(_circuit.Acquire(), CallResult.Succeeded(latency));
}
