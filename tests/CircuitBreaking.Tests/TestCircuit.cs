using EventGateway.Testing;

namespace EventGateway.CircuitBreaking.Tests;

/// <summary>A breaker on a clock of its own, with the verbs that tests speak in. The default settings, but no jitter.</summary>
internal sealed class TestCircuit
{
    private static readonly TimeSpan CallDuration = TimeSpan.FromMilliseconds(120);

    public TestCircuit(Action<CircuitBreakerOptions>? configure = null)
    {
        Breaker = new CircuitBreaker("test", Options(configure), Clock, () => Draw);
        Breaker.Transitioned += Transitions.Add;
    }

    public ManualClock Clock { get; } = new();

    public CircuitBreaker Breaker { get; }

    /// <summary>What the random source gives.</summary>
    public double Draw { get; set; }

    /// <summary>What the listener heard.</summary>
    public List<CircuitTransition> Transitions { get; } = [];

    public CircuitStatus Status => Breaker.GetStatus();

    public CircuitState State => Status.State;

    public static CircuitBreakerOptions Options(Action<CircuitBreakerOptions>? configure = null)
    {
        var options = new CircuitBreakerOptions { Jitter = 0 };
        configure?.Invoke(options);
        return options;
    }

    public static CallResult Failure(TimeSpan? retryAfter = null) =>
        CallResult.Failure(CallCause.Status5xx, CallDuration, 500, retryAfter);

    public CallPermit Acquire()
    {
        Assert.True(Breaker.TryAcquire(out var permit, out _), "The call was rejected.");
        return permit;
    }

    public CircuitRejection Rejection()
    {
        Assert.False(Breaker.TryAcquire(out _, out var rejection), "The call was permitted.");
        return rejection;
    }

    public void Succeed() => Breaker.Record(Acquire(), CallResult.Success);

    public void Fail(TimeSpan? retryAfter = null) => Breaker.Record(Acquire(), Failure(retryAfter));

    /// <summary>Fails until it opens.</summary>
    public void Trip()
    {
        var opened = Breaker.GetStatus().BackoffStep + 1;
        while (Status.BackoffStep < opened)
        {
            Fail();
        }
    }

    public void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
        {
            action();
        }
    }

    /// <summary>Another mode, and the default settings.</summary>
    public void SetMode(CircuitMode mode) => Breaker.Update(Options(o => o.Mode = mode));

    public void WaitOut() => Clock.Advance(Status.RetryAfter);

    /// <summary>Trips it, waits, and lets the first probe through.</summary>
    public CallPermit Probe()
    {
        Trip();
        WaitOut();
        return Acquire();
    }
}
