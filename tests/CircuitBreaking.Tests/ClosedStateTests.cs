namespace EventGateway.CircuitBreaking.Tests;

public class ClosedStateTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Record_FailuresReachTheThreshold_OpensAtTheNthAndNotBefore(int threshold)
    {
        var circuit = new TestCircuit(o => o.FailureThreshold = threshold);
        for (var i = 1; i < threshold; i++)
        {
            circuit.Fail();
        }

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(threshold - 1, circuit.Status.WindowFailures);

        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_FailuresExactlyTheWindowApart_Opens()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Fail();
        circuit.Clock.Advance(Window);
        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_FailuresOneTickMoreThanTheWindowApart_StaysClosed()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Fail();
        circuit.Clock.Advance(Window + Tick);
        circuit.Fail();

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(1, circuit.Status.WindowFailures);
    }

    [Fact]
    public void Record_WindowSlidesPastOldFailures_CountsTheLastOnesOnly()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Clock.Advance(TimeSpan.FromSeconds(20));
        circuit.Fail();
        circuit.Clock.Advance(TimeSpan.FromSeconds(20));
        circuit.Fail();
        Assert.Equal(CircuitState.Closed, circuit.State);

        circuit.Clock.Advance(TimeSpan.FromSeconds(10));
        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_SuccessesBetweenFailures_DoNotForgiveThem()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Succeed();
        circuit.Fail();
        circuit.Succeed();
        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_IgnoredAndNotAttempted_CountAsNeitherFailureNorSuccess()
    {
        var circuit = new TestCircuit();
        for (var i = 0; i < 10; i++)
        {
            circuit.Breaker.Record(circuit.Acquire(), CallResult.Ignored(CallCause.ClientAbort));
            circuit.Breaker.Record(circuit.Acquire(), CallResult.NotAttempted);
        }

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(0, circuit.Status.WindowFailures);
    }

    [Fact]
    public void Record_WallClockIsCorrected_NeitherOpensNorForgives()
    {
        var circuit = new TestCircuit();
        circuit.Fail();
        circuit.Fail();
        circuit.Clock.CorrectWallClock(TimeSpan.FromHours(2));
        Assert.Equal(2, circuit.Status.WindowFailures);
        circuit.Clock.CorrectWallClock(TimeSpan.FromHours(-5));
        Assert.Equal(2, circuit.Status.WindowFailures);

        circuit.Fail();

        Assert.Equal(CircuitState.Open, circuit.State);
    }

    [Fact]
    public void Record_PermitOfNobody_IsRefused()
    {
        var circuit = new TestCircuit();

        Assert.Throws<ArgumentException>(() => circuit.Breaker.Record(default, CallResult.Success));
        Assert.Throws<ArgumentException>(() => circuit.Breaker.Record(default, TestCircuit.Failure()));
        Assert.Equal(0, circuit.Status.WindowFailures);
    }

    [Fact]
    public void GetStatus_New_IsClosedSinceItWasMade()
    {
        var circuit = new TestCircuit();
        var made = circuit.Clock.GetUtcNow();
        circuit.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new CircuitStatus(CircuitState.Closed, made, TimeSpan.Zero, 0, 3, null, null, 20, 0, 0, CircuitMode.Automatic, null), circuit.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.5, CircuitMode.MetricsOnly)]
    [InlineData(0, CircuitMode.Disabled)]
    [InlineData(0, CircuitMode.ForcedOpen)]
    public void UseOfABreaker_NothingFails_AllocatesNothing(double minimumFailureRatio, CircuitMode mode = CircuitMode.Automatic)
    {
        var circuit = new TestCircuit(o => (o.MinimumFailureRatio, o.Mode) = (minimumFailureRatio, mode));
        CallMany(circuit.Breaker);   // lets the compiler finish first
        var before = GC.GetAllocatedBytesForCurrentThread();
        CallMany(circuit.Breaker);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void CallMany(CircuitBreaker breaker)
    {
        for (var i = 0; i < 10_000; i++)
        {
            Call(CallResult.Success);
            Call(CallResult.NotAttempted);
        }

        void Call(in CallResult result)
        {
            if (breaker.TryAcquire(out var permit, out _))
            {
                breaker.Record(permit, result);
            }

            _ = breaker.State;
        }
    }
}
