using EventGateway.Testing;

namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>Plays the same steps to the breaker and to the reference, and insists that they agree after each.</summary>
internal sealed class Duel
{
    private readonly ManualClock _clock = new();
    private readonly CircuitBreaker _breaker;
    private readonly ReferenceBreaker _reference;
    private readonly List<(CallPermit Permit, ReferenceCall Call)> _outstanding = [];

    public Duel(CircuitBreakerOptions options)
    {
        _breaker = new CircuitBreaker("real", options, _clock, Draws());
        _reference = new ReferenceBreaker(options, _clock.GetUtcNow(), Draws());
    }

    public void Play(IEnumerable<Step> steps)
    {
        AssertAgreement();
        foreach (var step in steps)
        {
            step.Play(this);
            AssertAgreement();
        }
    }

    public void Acquire()
    {
        var expected = _reference.Acquire();
        var permitted = _breaker.TryAcquire(out var permit, out var rejection);
        Assert.Equal(expected is not null, permitted);
        if (expected is not null)
        {
            _outstanding.Add((permit, expected));
            Assert.Equal(default, rejection);
        }
        else
        {
            Assert.Equal(_reference.Rejection, rejection);
        }
    }

    public void Report(int pick, CallResult result)
    {
        if (_outstanding.Count > 0)
        {
            var (permit, call) = _outstanding[pick % _outstanding.Count];
            _outstanding.RemoveAt(pick % _outstanding.Count);
            _reference.Report(call, result);
            _breaker.Record(permit, result);
        }
    }

    public void Advance(TimeSpan by)
    {
        _reference.Advance(by);
        _clock.Advance(by);
    }

    public void AdvanceToDeadline(int extraTicks)
    {
        if (_reference.UntilNextDeadline is { } until && until.Ticks + extraTicks >= 0)
        {
            Advance(until + TimeSpan.FromTicks(extraTicks));
        }
    }

    public void Update(CircuitBreakerOptions options)
    {
        _reference.Update(options);
        _breaker.Update(options);
    }

    public void Override(CircuitMode mode, TimeSpan length)
    {
        _reference.Override(mode, length, "because");
        _breaker.Override(mode, length, "because");
    }

    public void Reset()
    {
        _reference.Reset();
        _breaker.Reset();
    }

    private void AssertAgreement()
    {
        Assert.Equal(_reference.Status, _breaker.GetStatus());
        Assert.Equal(Enumerable.Reverse(_reference.Transitions).Take(20), _breaker.RecentTransitions);
        Assert.Equal(Enumerable.Reverse(_reference.Failures).Take(20), _breaker.RecentFailures);

        var counts = _breaker.GetCounts();
        Assert.All(CircuitCounts.PossibleCalls, pair =>
            Assert.Equal(_reference.Calls.Count(c => c == pair), counts.Calls(pair.Outcome, pair.Cause)));
        Assert.All(CircuitCounts.PossibleRejections, state =>
            Assert.Equal(_reference.Rejections.Count(s => s == state), counts.Rejections(state)));
        Assert.All(CircuitCounts.PossibleTransitions, kind =>
            Assert.Equal(
                _reference.Transitions.Count(t => (t.From, t.To, t.Reason) == kind),
                counts.Transitions(kind.From, kind.To, kind.Reason)));
        Assert.All(Enum.GetValues<CallOutcome>(), outcome =>
            Assert.Equal(_reference.LateResults.Count(o => o == outcome), counts.LateResults(outcome)));
    }

    private static Func<double> Draws()
    {
        var next = 0;
        double[] draws = [0, 0.5, 0.999, 0.123];
        return () => draws[next++ % draws.Length];
    }
}
