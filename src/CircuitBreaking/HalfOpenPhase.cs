namespace EventGateway.CircuitBreaking;

/// <summary>Half-open begins when the wait ends, even if the first probe comes later.</summary>
internal sealed class HalfOpenPhase(OpenPhase open) : Phase(open.Start + open.Wait, open.Since + open.Wait)
{
    private readonly List<ProbeLease> _inFlight = [];   // guarded by the breaker's gate

    public override CircuitState State => CircuitState.HalfOpen;

    /// <summary>Probes that succeeded. Guarded by the breaker's gate.</summary>
    public int Successes { get; set; }

    public int InFlight => _inFlight.Count;

    public ProbeLease Lease(TimeSpan now, TimeSpan length)
    {
        var lease = new ProbeLease(now + length, length);
        _inFlight.Add(lease);
        return lease;
    }

    public void GiveBack(ProbeLease lease) => _inFlight.Remove(lease);

    /// <summary>The lease that ended first, if any has ended. Not simply the oldest: a reload may have changed their length.</summary>
    public ProbeLease? FirstEnded(TimeSpan now)
    {
        ProbeLease? first = null;
        foreach (var lease in _inFlight)
        {
            if (lease.End <= now && (first is null || lease.End < first.End))
            {
                first = lease;
            }
        }

        return first;
    }
}
