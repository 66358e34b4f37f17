using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// What is known of one key: an answer; or which headers its answers differ by, each standing under a key of its own; or that its answers
/// aren't kept, so that nobody need wait for another's.
/// </summary>
internal sealed record CacheEntry(string Route, OutputCachePlan Plan, long Until, long Size)
{
    public StoredAnswer? Answer { get; init; }

    public IReadOnlyList<string>? VaryBy { get; init; }

    /// <summary>Whether requests just pass.</summary>
    public bool IsPass => Answer is null && VaryBy is null;
}

/// <summary>All that is kept, within its bytes: what was used least recently goes for what is new.</summary>
internal sealed class AnswerStore(TimeProvider time)
{
    private const long Overhead = 512;   // of an entry, however small

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LinkedListNode<(UInt128 Key, CacheEntry Entry)>> _entries = [];   // guarded by _gate
    private readonly LinkedList<(UInt128 Key, CacheEntry Entry)> _byUse = new();                           // guarded by _gate; the last used first
    private long _bytes;                                                                                  // guarded by _gate
    private long _limit;                                                                                  // guarded by _gate
    private long _purges;                                                                                 // written within _gate

    public int Entries
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Bytes that all of it may take.</summary>
    public long Limit
    {
        get
        {
            lock (_gate)
            {
                return _limit;
            }
        }
    }

    /// <summary>Grows with every purge: what was asked for before one must not be kept after it.</summary>
    public long Purges => Interlocked.Read(ref _purges);

    /// <summary>Null where nothing is known, or no longer.</summary>
    public CacheEntry? Find(UInt128 key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                return null;
            }

            if (node.Value.Entry.Until <= time.GetTimestamp())
            {
                RemoveLocked(node);
                return null;
            }

            if (node != _byUse.First)
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }

            return node.Value.Entry;
        }
    }

    public void Keep(UInt128 primary, StoredAnswer answer, string route, OutputCachePlan plan, long purges)
    {
        lock (_gate)
        {
            if (answer.VaryBy.Count > 0)
            {
                AddLocked(primary, new CacheEntry(route, plan, answer.Until, Overhead) { VaryBy = answer.VaryBy }, purges);
            }

            var size = Overhead + answer.Body.Length + answer.Headers.Sum(header => 2L * (header.Key.Length + header.Value.ToString().Length));
            AddLocked(answer.Key, new CacheEntry(route, plan, answer.Until, size) { Answer = answer }, purges);
        }
    }

    /// <summary>Has the next requests pass: their answers can't be kept.</summary>
    public void LetPass(UInt128 key, string route, OutputCachePlan plan, long purges)
    {
        lock (_gate)
        {
            // Not in place of an answer that may still serve when the upstream fails.
            if (!_entries.TryGetValue(key, out var node) || node.Value.Entry.Answer is null)
            {
                AddLocked(key, new CacheEntry(route, plan, time.GetTimestamp() + (long)(plan.Duration.TotalSeconds * time.TimestampFrequency), Overhead), purges);
            }
        }
    }

    /// <summary>How many answers an operator has had forgotten.</summary>
    public int Purge(Func<CacheEntry, bool> chosen)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _purges);
            return RemoveLocked(chosen);
        }
    }

    /// <summary>Takes up the limit, and forgets what came about by rules that no longer hold.</summary>
    internal void Apply(GatewayPlan plan)
    {
        var scopes = plan.RoutePolicies.Values.Concat(plan.AggregationPolicies.Values).Select(policies => policies.OutputCache?.Scope).ToHashSet();
        lock (_gate)
        {
            _limit = plan.Options.Limits.MaxOutputCacheSize;
            RemoveLocked(entry => !scopes.Contains(entry.Plan.Scope));
            ShrinkLocked();
        }
    }

    private void AddLocked(UInt128 key, CacheEntry entry, long purges)
    {
        if (purges != _purges)
        {
            return;
        }

        if (_entries.TryGetValue(key, out var old))
        {
            RemoveLocked(old);
        }

        _entries[key] = _byUse.AddFirst((key, entry));
        _bytes += entry.Size;
        ShrinkLocked();
    }

    private void ShrinkLocked()
    {
        while (_bytes > _limit && _byUse.Last is { } last)
        {
            RemoveLocked(last);
        }
    }

    private int RemoveLocked(Func<CacheEntry, bool> chosen)
    {
        var removed = 0;
        for (var node = _byUse.First; node is not null;)
        {
            var next = node.Next;
            if (chosen(node.Value.Entry))
            {
                removed += node.Value.Entry.Answer is null ? 0 : 1;
                RemoveLocked(node);
            }

            node = next;
        }

        return removed;
    }

    private void RemoveLocked(LinkedListNode<(UInt128 Key, CacheEntry Entry)> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= node.Value.Entry.Size;
    }
}
