namespace EventGateway.Gateway.RateLimiting;

/// <summary>
/// A policy at work: what its clients have used. It outlasts edits. After one that changes limits, what has been used counts towards the
/// new ones; after one that counts something else, or tells clients apart by something else, nobody has used anything.
/// </summary>
internal sealed class RateLimiter(RateLimiterPlan plan, TimeProvider time)
{
    private volatile Tables _tables = new(plan, time);
    private long _permitted;         // by Interlocked
    private long _refused;           // by Interlocked
    private long _forgottenBefore;   // by former tables; written by one caller at a time

    public RateLimiterPlan Plan => _tables.Plan;

    public long Permitted => Interlocked.Read(ref _permitted);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Clients that are remembered.</summary>
    public int Partitions => _tables.Budgets?.Count ?? _tables.Places!.Count;

    /// <summary>Requests that wait for a place.</summary>
    public int Queued => _tables.Places?.Queued ?? 0;

    /// <summary>Clients that were forgotten for others.</summary>
    public long Forgotten => Interlocked.Read(ref _forgottenBefore) + (_tables.Budgets?.Forgotten ?? 0);

    /// <summary>Applies other limits to all who come from now on. One caller at a time.</summary>
    public void Update(RateLimiterPlan plan)
    {
        var tables = _tables;
        if (plan.Kind == tables.Plan.Kind && plan.PartitionBy == tables.Plan.PartitionBy
            && string.Equals(plan.Header, tables.Plan.Header, StringComparison.OrdinalIgnoreCase))
        {
            _tables = tables with { Plan = plan };
            tables.Budgets?.ShrinkTo(plan.MaxPartitions);
        }
        else
        {
            _tables = new Tables(plan, time);
            Interlocked.Add(ref _forgottenBefore, tables.Budgets?.Forgotten ?? 0);
        }
    }

    /// <summary>Asks for the request of a client, and waits where the policy has a queue.</summary>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled during the wait: <see cref="Refuse"/> counts the request, unless its client left.
    /// </exception>
    public async ValueTask<Admission> EnterAsync(HttpContext context)
    {
        var (plan, budgets, places) = _tables;
        var key = PartitionKey.Of(context, plan);
        if (budgets is not null)
        {
            var allowance = budgets.TryTake(key, plan);
            Interlocked.Increment(ref allowance.IsPermitted ? ref _permitted : ref _refused);
            return new(plan, allowance, null);
        }

        if (await places!.EnterAsync(key, plan, context.RequestAborted) is { } place)
        {
            Interlocked.Increment(ref _permitted);
            return new(plan, Allowance.Permitted(place.Free, reset: null), place);
        }

        return Refuse();
    }

    /// <summary>The answer to a request whose own time was over before its turn came.</summary>
    public Admission Refuse()
    {
        Interlocked.Increment(ref _refused);
        var plan = Plan;
        return new(plan, Allowance.Refused(plan.QueueTimeout, reset: null), null);
    }

    private sealed record Tables(RateLimiterPlan Plan, BudgetTable? Budgets, PlaceTable? Places)
    {
        public Tables(RateLimiterPlan plan, TimeProvider time)
            : this(
                plan,
                plan.Kind == RateLimiterKind.Concurrency ? null : new BudgetTable(time),
                plan.Kind == RateLimiterKind.Concurrency ? new PlaceTable(time) : null)
        {
        }
    }
}

/// <summary>What a policy has said to one request.</summary>
/// <param name="Plan">The policy, as it was at that moment.</param>
/// <param name="Allowance">Its answer.</param>
/// <param name="Place">To be held until the last byte of the answer, where requests at once are limited.</param>
internal readonly record struct Admission(RateLimiterPlan Plan, Allowance Allowance, PlaceTable.Place? Place);
