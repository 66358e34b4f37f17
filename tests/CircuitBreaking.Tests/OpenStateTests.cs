namespace EventGateway.CircuitBreaking.Tests;

public class OpenStateTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void TryAcquire_WhileWaiting_IsRejectedWithWhatRemains()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(3.5));

        Assert.Equal(new CircuitRejection(CircuitState.Open, TimeSpan.FromSeconds(6.5)), circuit.Rejection());
        Assert.Equal(TimeSpan.FromSeconds(6.5), circuit.Status.RetryAfter);
    }

    [Fact]
    public void TryAcquire_WhileWaitingByTheSystemsClock_IsRejectedWithWhatRemains()
    {
        var hour = TimeSpan.FromHours(1);
        var breaker = new CircuitBreaker(
            "test", TestCircuit.Options(o => (o.FailureThreshold, o.ResetTimeout, o.MaxResetTimeout) = (1, hour, hour)), TimeProvider.System, () => 0);
        Assert.True(breaker.TryAcquire(out var permit, out _));
        breaker.Record(permit, TestCircuit.Failure());

        Assert.False(breaker.TryAcquire(out _, out var rejection));

        Assert.Equal(CircuitState.Open, rejection.State);
        Assert.InRange(rejection.RetryAfter, breaker.GetStatus().RetryAfter - TimeSpan.FromSeconds(1), hour);   // not by the exact clock
    }

    [Fact]
    public void TryAcquire_OneTickBeforeTheEndOfTheWait_IsRejected()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(10) - Tick);

        Assert.Equal(new CircuitRejection(CircuitState.Open, Tick), circuit.Rejection());
    }

    [Fact]
    public void GetStatus_WaitIsOver_ReadsHalfOpenSinceItsEndWithoutTrafficOrTransition()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        var opened = circuit.Status.Since;
        circuit.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(CircuitState.HalfOpen, circuit.State);
        circuit.Clock.Advance(TimeSpan.FromHours(1));

        var status = circuit.Status;

        Assert.Equal(CircuitState.HalfOpen, status.State);
        Assert.Equal(opened + TimeSpan.FromSeconds(10), status.Since);
        Assert.Equal(TimeSpan.Zero, status.RetryAfter);
        Assert.Equal(0, status.ProbesInFlight);
        Assert.Equal(CircuitState.Open, Assert.Single(circuit.Transitions).To);
    }

    [Fact]
    public void TryAcquire_AfterTheWait_MakesTheTransitionAndIsTheFirstProbe()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(12));
        circuit.Acquire();

        var now = circuit.Clock.GetUtcNow();
        Assert.Equal(
            new CircuitTransition(
                2, now, CircuitState.Open, CircuitState.HalfOpen, TransitionReason.WaitOver, null, TimeSpan.FromSeconds(10)),
            circuit.Transitions[^1]);
        Assert.Equal(1, circuit.Status.ProbesInFlight);
        Assert.Equal(now - TimeSpan.FromSeconds(2), circuit.Status.Since);
    }

    [Fact]
    public void Record_ProbesKeepFailing_WaitsDoubleUpToTheLongest()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        var waits = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            waits.Add(circuit.Status.RetryAfter.TotalSeconds);
            circuit.WaitOut();
            circuit.Fail();
        }

        Assert.Equal([10, 20, 40, 60, 60, 60], waits);
        Assert.Equal(7, circuit.Status.BackoffStep);
    }

    [Fact]
    public void Record_ProbesFailThousandsOfTimes_TheWaitDoesNotOverflow()
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        for (var i = 0; i < 3000; i++)
        {
            circuit.WaitOut();
            circuit.Fail();
            Assert.InRange(circuit.Status.RetryAfter, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(60));
        }
    }

    [Theory]
    [InlineData(0.0, 10_000)]
    [InlineData(0.5, 9_500)]
    [InlineData(0.99, 9_010)]
    public void Record_Opens_JitterShortensTheWaitAndNeverProlongsIt(double draw, int milliseconds)
    {
        var circuit = new TestCircuit(o => o.Jitter = 0.1) { Draw = draw };
        circuit.Trip();

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), circuit.Status.RetryAfter);
    }

    [Fact]
    public void Record_OpensWithoutJitter_TheDrawDoesNotMatter()
    {
        var circuit = new TestCircuit { Draw = 0.7 };
        circuit.Trip();

        Assert.Equal(TimeSpan.FromSeconds(10), circuit.Status.RetryAfter);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(4, 10)]
    [InlineData(25, 25)]
    [InlineData(3600, 60)]
    [InlineData(-5, 10)]
    public void Record_OpeningFailureHasRetryAfter_ItProlongsTheWaitUpToTheLongest(int retryAfterSeconds, int waitSeconds)
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 1);
        circuit.Fail(TimeSpan.FromSeconds(retryAfterSeconds));

        Assert.Equal(TimeSpan.FromSeconds(waitSeconds), circuit.Status.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(waitSeconds), Assert.Single(circuit.Transitions).Wait);
    }

    [Fact]
    public void Record_OnlyAnEarlierFailureHadRetryAfter_ItDoesNotCount()
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = 2);
        circuit.Fail(TimeSpan.FromSeconds(50));
        circuit.Fail();

        Assert.Equal(TimeSpan.FromSeconds(10), circuit.Status.RetryAfter);
    }

    [Fact]
    public void Record_FailedProbeHasRetryAfter_ItProlongsTheNextWait()
    {
        var circuit = new TestCircuit();
        circuit.Breaker.Record(circuit.Probe(), TestCircuit.Failure(TimeSpan.FromSeconds(33)));

        Assert.Equal(TimeSpan.FromSeconds(33), circuit.Status.RetryAfter);
        Assert.Equal(2, circuit.Status.BackoffStep);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public void GetStatus_WallClockIsCorrected_TheWaitGoesOn(int hours)
    {
        var circuit = new TestCircuit();
        circuit.Trip();
        circuit.Clock.Advance(TimeSpan.FromSeconds(4));
        circuit.Clock.CorrectWallClock(TimeSpan.FromHours(hours));

        Assert.Equal(CircuitState.Open, circuit.State);
        Assert.Equal(TimeSpan.FromSeconds(6), circuit.Status.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(6), circuit.Rejection().RetryAfter);
        circuit.Clock.Advance(TimeSpan.FromSeconds(6));
        circuit.Succeed();
        Assert.Equal(CircuitState.Closed, circuit.State);
    }
}
