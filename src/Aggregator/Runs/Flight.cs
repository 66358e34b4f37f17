using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Aggregator;

/// <summary>
/// One call that several requests wait for. Who leaves ends nobody's wait but its own. The last one to leave ends the call, and waits for that: no
/// call outlives all its requests, and always somebody takes what came of it. Each byte is paid for by everybody who waits: all flights together
/// hold no more than the requests that are there may.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A signal without a time of its own holds nothing.")]
internal sealed class Flight : IByteBudget, IPartQueue
{
    private readonly FlightTable _table;
    private readonly FlightKey _key;
    private readonly StopSignal _stop = new();
    private readonly Lock _gate = new();
    private List<Waiter> _waiters;   // guarded by _gate; one at least, until the end
    private long _taken;             // guarded by _gate; from each one's budget
    private UpstreamCall? _call;     // until it is made
    private bool _isOver;            // guarded by _gate; nobody joins any more

    public Flight(FlightTable table, FlightKey key, IUpstream upstream, Waiter first)
    {
        (_table, _key, Upstream) = (table, key, upstream);
        _waiters = [first];
        first.Flight = this;
    }

    /// <summary>The way that it goes.</summary>
    public IUpstream Upstream { get; }

    /// <summary>Makes the call. It has the step's time from now on.</summary>
    public void Begin(UpstreamCall call, TimeProvider time)
    {
        _call = call;
        _ = RunAsync(time);
    }

    /// <summary>Takes another one along, unless the call is over. One that can't pay for what has come so far is told so, and nobody else is.</summary>
    public bool TryJoin(Waiter waiter)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            waiter.Flight = this;
            if (waiter.Budget.TryTake(_taken))
            {
                _waiters.Add(waiter);
                return true;
            }
        }

        waiter.End(new(PartOutcome.TooLarge));
        return true;
    }

    /// <summary>Ends the wait of one whose request doesn't need the part any more.</summary>
    public void Leave(Waiter waiter)
    {
        bool isLast;
        lock (_gate)
        {
            if (!_waiters.Contains(waiter))
            {
                return;   // it has been told
            }

            isLast = _waiters.Count == 1;
            _isOver |= isLast;
            if (!isLast)
            {
                RemoveLocked(waiter);
            }
        }

        var reason = waiter.Reason;
        if (!isLast)
        {
            waiter.End(new(reason));
            return;
        }

        // Whoever asks next begins anew at once, however long this one takes to end.
        _table.Remove(_key, this);
        if (reason is PartOutcome.Timeout)
        {
            _stop.Expire();
        }
        else
        {
            _stop.Raise();
        }
    }

    bool IByteBudget.TryTake(long bytes)
    {
        List<Waiter>? refused = null;
        lock (_gate)
        {
            foreach (var waiter in _waiters)
            {
                if (!waiter.Budget.TryTake(bytes))
                {
                    (refused ??= []).Add(waiter);
                }
            }

            if (refused?.Count == _waiters.Count)
            {
                return false;   // too much for everybody: the call ends with that
            }

            refused?.ForEach(RemoveLocked);
            _taken += bytes;
        }

        refused?.ForEach(waiter => waiter.End(new(PartOutcome.TooLarge)));
        return true;
    }

    void IByteBudget.GiveBack(long bytes)
    {
        lock (_gate)
        {
            _taken -= bytes;
            _waiters.ForEach(waiter => waiter.Budget.GiveBack(bytes));
        }
    }

    bool IPartQueue.TryTake(out int place, [NotNullWhen(true)] out UpstreamCall? call)
    {
        (place, call, _call) = (0, _call, null);
        return call is not null;
    }

    void IPartQueue.Ended(int place, PartJudgement part)
    {
        var waiters = End();
        part.Buffer?.ShareAmong(waiters.Count);
        waiters.ForEach(waiter => waiter.End(part));
    }

    private void RemoveLocked(Waiter waiter)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _waiters.Remove(waiter);
        waiter.Budget.GiveBack(_taken);
    }

    private async Task RunAsync(TimeProvider time)
    {
        try
        {
            await new PartCaller(Upstream, time, this, _stop).MakeAsync(this);
        }
        catch (Exception defect)
        {
            End().ForEach(waiter => waiter.Fail(defect));
        }
    }

    // Out of the table first: who is told may ask again.
    private List<Waiter> End()
    {
        _table.Remove(_key, this);
        lock (_gate)
        {
            _isOver = true;
            var waiters = _waiters;
            _waiters = [];
            return waiters;
        }
    }
}
