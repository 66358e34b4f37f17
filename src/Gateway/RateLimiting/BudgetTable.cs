namespace EventGateway.Gateway.RateLimiting;

/// <summary>
/// The budgets of a policy's clients, as many as it has room for: for one more, that of the client that came least recently is
/// forgotten. A flood of strangers costs a step each, and no memory beyond that room.
/// </summary>
internal sealed class BudgetTable(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LinkedListNode<Client>> _clients = [];   // guarded by _gate
    private readonly LinkedList<Client> _recent = [];                             // guarded by _gate; first is who came last
    private readonly long _start = time.GetTimestamp();
    private long _forgotten;                                                      // guarded by _gate

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>Budgets that had to go for others.</summary>
    public long Forgotten => Interlocked.Read(ref _forgotten);

    /// <summary>Takes one permit of the client's, if it has one left.</summary>
    public Allowance TryTake(UInt128 key, RateLimiterPlan plan)
    {
        // One lock for a whole policy: what happens under it takes a fraction of a microsecond, and order is what keeps it right.
        lock (_gate)
        {
            return FindLocked(key, plan).TryTake(plan, time.GetElapsedTime(_start));
        }
    }

    /// <summary>Forgets those for whom there is no more room.</summary>
    public void ShrinkTo(int count)
    {
        lock (_gate)
        {
            while (_clients.Count > count)
            {
                ForgetOneLocked();
            }
        }
    }

    private Budget FindLocked(UInt128 key, RateLimiterPlan plan)
    {
        if (_clients.TryGetValue(key, out var known))
        {
            if (known != _recent.First)
            {
                _recent.Remove(known);
                _recent.AddFirst(known);
            }

            return known.Value.Budget;
        }

        if (_clients.Count >= plan.MaxPartitions)
        {
            ForgetOneLocked();
        }

        var budget = Budget.Create(plan.Kind);
        _clients.Add(key, _recent.AddFirst(new Client(key, budget)));
        return budget;
    }

    private void ForgetOneLocked()
    {
        _clients.Remove(_recent.Last!.Value.Key);
        _recent.RemoveLast();
        _forgotten++;
    }

    private readonly record struct Client(UInt128 Key, Budget Budget);
}
