namespace EventGateway.Gateway.RateLimiting;

/// <summary>
/// What one client has used of what a policy gives it. Asked under the lock of its table. The policy comes with each question: after an
/// edit the new limits meet what has been used, and not given back yet by those that held when the client came last.
/// </summary>
internal abstract class Budget
{
    public static Budget Create(RateLimiterKind kind) => kind switch
    {
        RateLimiterKind.FixedWindow => new FixedWindow(),
        RateLimiterKind.SlidingWindow => new SlidingWindow(),
        RateLimiterKind.TokenBucket => new TokenBucket(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Takes one permit, if there is one at <paramref name="now"/>.</summary>
    public abstract Allowance TryTake(RateLimiterPlan plan, TimeSpan now);

    private sealed class FixedWindow : Budget
    {
        private TimeSpan _start;
        private TimeSpan _period;   // the last one asked with; zero: never
        private int _used;

        public override Allowance TryTake(RateLimiterPlan plan, TimeSpan now)
        {
            // After an edit: a window that was over doesn't begin again because windows are longer now.
            if (now - _start >= (plan.Period < _period ? plan.Period : _period))
            {
                (_start, _used) = (now, 0);
            }

            _period = plan.Period;
            var rest = _start + plan.Period - now;
            return _used >= plan.PermitLimit ? Allowance.Refused(rest, rest) : Allowance.Permitted(plan.PermitLimit - ++_used, rest);
        }
    }

    /// <summary>What was used in a segment comes back a window after the segment began.</summary>
    private sealed class SlidingWindow : Budget
    {
        private int[] _used = [];        // by segment, in a ring
        private TimeSpan _segment;       // how long one is
        private long _newest;            // number of the newest, counted from the beginning of time
        private int _sum;

        public override Allowance TryTake(RateLimiterPlan plan, TimeSpan now)
        {
            MoveTo(plan, now);
            if (_sum >= plan.PermitLimit)
            {
                return Allowance.Refused(TimeUntilUsedIs(plan.PermitLimit - 1, now), TimeUntilUsedIs(0, now));
            }

            _used[_newest % _used.Length]++;
            _sum++;
            return Allowance.Permitted(plan.PermitLimit - _sum, TimeUntilUsedIs(0, now));
        }

        private void MoveTo(RateLimiterPlan plan, TimeSpan now)
        {
            var segment = TimeSpan.FromTicks((plan.Period.Ticks + plan.Share - 1) / plan.Share);
            if (segment != _segment || plan.Share != _used.Length)
            {
                // Of another window nobody knows when within it: all that is still remembered counts as used just now.
                Forget(now);
                (_segment, _newest, _used) = (segment, now.Ticks / segment.Ticks, new int[plan.Share]);
                _used[_newest % _used.Length] = _sum;
            }

            Forget(now);
        }

        private void Forget(TimeSpan now)
        {
            if (_used.Length == 0)
            {
                return;
            }

            var present = now.Ticks / _segment.Ticks;
            for (var number = _newest + 1; number <= Math.Min(present, _newest + _used.Length); number++)
            {
                ref var old = ref _used[number % _used.Length];
                _sum -= old;
                old = 0;
            }

            _newest = Math.Max(_newest, present);
        }

        private TimeSpan TimeUntilUsedIs(int wanted, TimeSpan now)
        {
            var sum = _sum;
            var number = Math.Max(-1, _newest - _used.Length);
            while (sum > wanted)
            {
                sum -= _used[++number % _used.Length];
            }

            return TimeSpan.FromTicks((number + _used.Length) * _segment.Ticks) - now;
        }
    }

    /// <summary>
    /// A full bucket owes nothing; what was taken is paid back evenly. In whole numbers: a request costs as many coins as the period has
    /// ticks, and each tick pays as many as the period brings tokens.
    /// </summary>
    private sealed class TokenBucket : Budget
    {
        private long _debt;
        private TimeSpan _at;
        private long _price;   // and share: the last ones asked with; zero: never
        private int _share;

        public override Allowance TryTake(RateLimiterPlan plan, TimeSpan now)
        {
            Pay(plan, now);
            var most = plan.PermitLimit * _price;
            var missing = _debt + _price - most;
            if (missing > 0)
            {
                return Allowance.Refused(Time(missing), Time(_debt));
            }

            _debt += _price;
            return Allowance.Permitted((int)((most - _debt) / _price), Time(_debt));

            TimeSpan Time(long coins) => TimeSpan.FromTicks((coins + plan.Share - 1) / plan.Share);
        }

        private void Pay(RateLimiterPlan plan, TimeSpan now)
        {
            if (_debt > 0)
            {
                var elapsed = (now - _at).Ticks;
                _debt = elapsed > _debt / _share ? 0 : _debt - (elapsed * _share);
            }

            var price = plan.Period.Ticks;
            if (price != _price && _debt > 0)
            {
                _debt = (long)Int128.Min((Int128)_debt * price / _price, long.MaxValue / 2);
            }

            _debt = Math.Min(_debt, plan.PermitLimit * price);   // no bucket is emptier than empty, even if it was larger before
            (_price, _share, _at) = (price, plan.Share, now);
        }
    }
}

/// <summary>A policy's answer to one request, and how much is left of the client's budget.</summary>
/// <param name="IsPermitted">Whether it may go on.</param>
/// <param name="Remaining">Requests that would be permitted after it.</param>
/// <param name="Reset">When the whole budget is back if nothing more is used; null where no time brings it back.</param>
/// <param name="RetryAfter">When another try makes sense; zero for what is permitted.</param>
internal readonly record struct Allowance(bool IsPermitted, int Remaining, TimeSpan? Reset, TimeSpan RetryAfter)
{
    public static Allowance Permitted(int remaining, TimeSpan? reset) => new(IsPermitted: true, remaining, reset, TimeSpan.Zero);

    public static Allowance Refused(TimeSpan retryAfter, TimeSpan? reset) => new(IsPermitted: false, 0, reset, retryAfter);
}
