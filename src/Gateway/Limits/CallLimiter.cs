using System.Threading.RateLimiting;

namespace EventGateway.Gateway.Limits;

/// <summary>
/// The places of one cluster, or of whatever else has some, and the queue for them. It outlasts edits: after one that changes the limit, newcomers meet the new
/// limit, while those who hold a place or wait for one end as they began.
/// </summary>
/// <param name="name">The cluster's name.</param>
/// <param name="plan">Its limit.</param>
/// <param name="time">Measures the waits.</param>
/// <param name="waited">Told of every wait, whatever it led to.</param>
internal sealed class CallLimiter(string name, CallLimitPlan plan, TimeProvider time, Action<CallLimiter, TimeSpan> waited)
{
    private volatile Limit _limit = new(plan);
    private int _inFlight;    // by Interlocked
    private int _queued;      // by Interlocked
    private long _refused;    // by Interlocked

    public string Name { get; } = name;

    public CallLimitPlan Plan => _limit.Plan;

    /// <summary>Places that are held, also those of a former limit.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Calls that wait.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>Calls that got no place, and whose clients were still there to be told.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Applies another limit to all who come from now on; an equal one changes nothing.</summary>
    public void Update(CallLimitPlan plan)
    {
        if (plan != _limit.Plan)
        {
            _limit = new Limit(plan);
        }
    }

    /// <summary>Takes a place, after a wait if need be. Null, and counted, where the queue is full or the wait took too long.</summary>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled during the wait: <see cref="Refuse"/> counts the call, unless its client left.
    /// </exception>
    public async ValueTask<CallPlace?> EnterAsync(CancellationToken cancellationToken)
    {
        var limit = _limit;
        var wait = TimeSpan.Zero;
        var lease = limit.Limiter.AttemptAcquire();
        if (!lease.IsAcquired && limit.Plan.MaxQueuedCalls > 0)
        {
            (lease, wait) = await WaitAsync(limit, cancellationToken);
        }

        if (lease is not { IsAcquired: true })
        {
            Refuse();
            return null;
        }

        Interlocked.Increment(ref _inFlight);
        return new CallPlace(this, lease, wait);
    }

    /// <summary>Counts a call whose own time was over before its turn came.</summary>
    public void Refuse() => Interlocked.Increment(ref _refused);

    internal void Left() => Interlocked.Decrement(ref _inFlight);

    private async ValueTask<(RateLimitLease? Lease, TimeSpan Wait)> WaitAsync(Limit limit, CancellationToken cancellationToken)
    {
        using var ended = new CancellationTokenSource(limit.Plan.QueueTimeout, time);
        using var cancelled = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), ended);
        var turn = limit.Limiter.AcquireAsync(cancellationToken: ended.Token);
        if (turn.IsCompletedSuccessfully)
        {
            return (await turn, TimeSpan.Zero);   // the queue is full, or a place has become free meanwhile
        }

        var started = time.GetTimestamp();
        Interlocked.Increment(ref _queued);
        try
        {
            var lease = await turn;
            return (lease, time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return default;   // the wait took too long
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
            waited(this, time.GetElapsedTime(started));
        }
    }

    /// <summary>
    /// A limiter that is no longer asked is left to its last users, never disposed of: disposal would fail those who still wait.
    /// </summary>
    private sealed class Limit(CallLimitPlan plan)
    {
        public CallLimitPlan Plan { get; } = plan;

        public ConcurrencyLimiter Limiter { get; } = new(new()
        {
            PermitLimit = plan.MaxConcurrentCalls,
            QueueLimit = plan.MaxQueuedCalls,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }
}
