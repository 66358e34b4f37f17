namespace EventGateway.CircuitBreaking.Tests.Model;

/// <summary>One thing that can happen to a breaker.</summary>
internal abstract record Step
{
    public abstract void Play(Duel duel);
}

internal sealed record Acquire : Step
{
    public override void Play(Duel duel) => duel.Acquire();

    public override string ToString() => "acquire";
}

/// <summary>Reports for one of the outstanding permits, whichever the number points to; nothing if there are none.</summary>
internal sealed record Report(int Pick, CallResult Result) : Step
{
    public override void Play(Duel duel) => duel.Report(Pick, Result);

    public override string ToString() =>
        $"report #{Pick} {Result.Outcome} after {Result.Latency}" + (Result.RetryAfter is { } wait ? $", Retry-After {wait}" : "");
}

internal sealed record Advance(TimeSpan By) : Step
{
    public override void Play(Duel duel) => duel.Advance(By);

    public override string ToString() => $"advance {By}";
}

/// <summary>Goes where mistakes live: to the exact end of the wait, a lease or the window, or 100 ns beside it.</summary>
internal sealed record AdvanceToDeadline(int ExtraTicks) : Step
{
    public override void Play(Duel duel) => duel.AdvanceToDeadline(ExtraTicks);

    public override string ToString() => $"advance to the next deadline {ExtraTicks:+0;-0;exactly}";
}

internal sealed record Update(CircuitBreakerOptions Options) : Step
{
    public override void Play(Duel duel) => duel.Update(Options);

    public override string ToString() => $"update {History.Describe(Options)}";
}

internal sealed record Override(CircuitMode Mode, TimeSpan Length) : Step
{
    public override void Play(Duel duel) => duel.Override(Mode, Length);

    public override string ToString() => $"override by {Mode} for {Length}";
}

internal sealed record Reset : Step
{
    public override void Play(Duel duel) => duel.Reset();

    public override string ToString() => "reset";
}
