using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// What is known of one key: an answer; or which headers its answers differ by, each standing under a key of its own; or that its answers
/// aren't kept, so that nobody need wait for another's.
/// </summary>
internal sealed record CacheEntry(EntrySource Source, long Until, long Size)
{
    public StoredAnswer? Answer { get; init; }

    public IReadOnlyList<string>? VaryBy { get; init; }

    /// <summary>Whether nobody waits for another's answer. The first that may be kept takes this entry's place.</summary>
    public bool IsPass => Answer is null && VaryBy is null;
}

/// <summary>All that is kept, within its bytes: what was used least recently goes for what is new.</summary>
internal sealed class AnswerStore(TimeProvider time)
{
    private const long Overhead = 512;   // of an entry, however small

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LinkedListNode<(UInt128 Key, CacheEntry Entry)>> _entries = [];   // guarded by _gate
    private readonly LinkedList<(UInt128 Key, CacheEntry Entry)> _byUse = new();                           // guarded by _gate; the last used first
    private readonly SortedSet<(UInt128 Target, UInt128 Key)> _byTarget = [];                              // guarded by _gate

    // Guarded by _gate. Targets share these: what is being asked for at that moment under another one isn't kept either, which costs a call.
    private readonly long[] _invalidations = new long[1024];
    private long _bytes;     // guarded by _gate
    private long _limit;     // guarded by _gate
    private long _purges;    // guarded by _gate
    private volatile bool _isUsed;

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

    /// <summary>Whether any route or aggregation has a policy.</summary>
    public bool IsUsed => _isUsed;

    /// <summary>Grows with every purge, and when the target is invalidated: what was asked for before must not be kept after it.</summary>
    public long StampOf(UInt128 target)
    {
        lock (_gate)
        {
            return StampOfLocked(target);
        }
    }

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

    /// <param name="primary">Where those look who don't know yet by what the answer differs.</param>
    /// <param name="answer">What to keep.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="before">What was known when it was asked for. A fresh answer that isn't this one came by a later call, and stays.</param>
    /// <returns>Whether it is kept.</returns>
    public bool Keep(UInt128 primary, StoredAnswer answer, EntrySource source, StoredAnswer? before)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(answer.Key, out var node) && node.Value.Entry.Answer is { IsFresh: true } other && other != before)
            {
                return false;
            }

            if (answer.VaryBy.Count > 0)
            {
                AddLocked(primary, new CacheEntry(source, answer.Until, Overhead) { VaryBy = answer.VaryBy });
            }

            var size = Overhead + answer.Body.Length + answer.Headers.Sum(header => 2L * (header.Key.Length + header.Value.ToString().Length));
            AddLocked(answer.Key, new CacheEntry(source, answer.Until, size) { Answer = answer });
            return _entries.TryGetValue(answer.Key, out node) && node.Value.Entry.Answer == answer;
        }
    }

    /// <summary>Has nobody wait for another's answer: it couldn't be kept. What may serve all the same stays.</summary>
    public void LetPass(UInt128 key, EntrySource source, TimeSpan duration)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node) || node.Value.Entry.IsPass)
            {
                AddLocked(key, new CacheEntry(source, time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency), Overhead));
            }
        }
    }

    /// <summary>Forgets an answer that the upstream has taken back, unless a newer one has taken its place.</summary>
    public void Forget(StoredAnswer answer)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(answer.Key, out var node) && node.Value.Entry.Answer == answer)
            {
                RemoveLocked(node);
            }
        }
    }

    /// <summary>Forgets every answer of a target that was changed (RFC 9111 §4.4).</summary>
    public void Invalidate(UInt128 target)
    {
        lock (_gate)
        {
            _invalidations[Slot(target)]++;
            foreach (var (_, key) in _byTarget.GetViewBetween((target, UInt128.MinValue), (target, UInt128.MaxValue)).ToList())
            {
                RemoveLocked(_entries[key]);
            }
        }
    }

    /// <summary>How many answers an operator has had forgotten.</summary>
    public int Purge(Func<EntrySource, bool> chosen)
    {
        lock (_gate)
        {
            _purges++;
            return RemoveLocked(chosen);
        }
    }

    /// <summary>Takes up the limit, and forgets what came about by rules that no longer hold.</summary>
    internal void Apply(GatewayPlan plan)
    {
        var scopes = plan.RoutePolicies.Values.Concat(plan.AggregationPolicies.Values).Select(policies => policies.OutputCache?.Scope).OfType<string>().ToHashSet();
        _isUsed = scopes.Count > 0;
        lock (_gate)
        {
            _limit = plan.Options.Limits.MaxOutputCacheSize;
            RemoveLocked(source => !scopes.Contains(source.Plan.Scope));
            ShrinkLocked();
        }
    }

    private static int Slot(UInt128 target) => (int)(target % 1024);

    private long StampOfLocked(UInt128 target) => _purges + _invalidations[Slot(target)];

    private void AddLocked(UInt128 key, CacheEntry entry)
    {
        if (entry.Source.Stamp != StampOfLocked(entry.Source.Target))
        {
            return;
        }

        if (_entries.TryGetValue(key, out var old))
        {
            RemoveLocked(old);
        }

        _entries[key] = _byUse.AddFirst((key, entry));
        _byTarget.Add((entry.Source.Target, key));
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

    private int RemoveLocked(Func<EntrySource, bool> chosen)
    {
        var removed = 0;
        for (var node = _byUse.First; node is not null;)
        {
            var next = node.Next;
            if (chosen(node.Value.Entry.Source))
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
        var (key, entry) = node.Value;
        _byUse.Remove(node);
        _entries.Remove(key);
        _byTarget.Remove((entry.Source.Target, key));
        _bytes -= entry.Size;
    }
}
