namespace EventGateway.Gateway.Retries;

/// <summary>
/// How many of a policy's calls may be made again: within its window retries are at most a share of the calls, or a few where there are
/// few calls. An upstream that fails gets hardly more to do by it. It outlasts edits, and so does what it has counted.
/// </summary>
internal sealed class RetryBudget(RetryPlan plan, TimeProvider time)
{
    private const int Segments = 10;

    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private readonly int[] _calls = new int[Segments];     // guarded by _gate; by segment, in a ring
    private readonly int[] _retries = new int[Segments];   // guarded by _gate
    private RetryPlan _plan = plan;                        // guarded by _gate
    private long _newest;                                  // guarded by _gate; number of the newest segment, counted from the beginning
    private long _exhausted;                               // by Interlocked

    public string Name { get; } = plan.Name;

    /// <summary>Retries that there was no budget for.</summary>
    public long Exhausted => Interlocked.Read(ref _exhausted);

    /// <summary>Counts a call that may come to be tried again.</summary>
    public void CountCall()
    {
        lock (_gate)
        {
            MoveOnLocked();
            _calls[_newest % Segments]++;
        }
    }

    /// <summary>Takes one retry, if there is one.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            MoveOnLocked();
            if (LeftLocked() > 0)
            {
                _retries[_newest % Segments]++;
                return true;
            }
        }

        Interlocked.Increment(ref _exhausted);
        return false;
    }

    /// <summary>How it stands: what was counted within its window, and the retries that are left.</summary>
    public (int Calls, int Retries, int Left) Read()
    {
        lock (_gate)
        {
            MoveOnLocked();
            return (_calls.Sum(), _retries.Sum(), LeftLocked());
        }
    }

    /// <summary>Applies another budget to all who come from now on. Of another window, all that was counted counts as counted just now.</summary>
    public void Update(RetryPlan plan)
    {
        lock (_gate)
        {
            MoveOnLocked();
            if (plan.BudgetWindow != _plan.BudgetWindow)
            {
                var (calls, retries) = (_calls.Sum(), _retries.Sum());
                Array.Clear(_calls);
                Array.Clear(_retries);
                _newest = Present(plan);
                (_calls[_newest % Segments], _retries[_newest % Segments]) = (calls, retries);
            }

            _plan = plan;
        }
    }

    private int LeftLocked() => Math.Max(0, (int)Math.Max(_plan.MinRetries, _plan.Budget * _calls.Sum()) - _retries.Sum());

    private void MoveOnLocked()
    {
        var present = Present(_plan);
        for (var number = _newest + 1; number <= Math.Min(present, _newest + Segments); number++)
        {
            (_calls[number % Segments], _retries[number % Segments]) = (0, 0);
        }

        _newest = Math.Max(_newest, present);
    }

    private long Present(RetryPlan plan) => time.GetElapsedTime(_start).Ticks / (plan.BudgetWindow.Ticks / Segments);
}
