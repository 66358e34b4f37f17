namespace EventGateway.Aggregator;

/// <summary>A part of one request that comes of a shared call.</summary>
/// <param name="budget">The request's bytes.</param>
/// <param name="stop">Why and when the request needs it no more.</param>
internal sealed class Waiter(IByteBudget budget, StopSignal stop)
{
    private readonly TaskCompletionSource<PartJudgement> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IByteBudget Budget { get; } = budget;

    /// <summary>What it waits for. Set by the flight that takes it.</summary>
    public Flight Flight { get; set; } = null!;

    /// <summary>What came of it, whatever that is.</summary>
    /// <exception cref="Exception">A defect.</exception>
    public Task<PartJudgement> Ended => _end.Task;

    /// <summary>How the wait ends of a request that doesn't need the part any more.</summary>
    public PartOutcome Reason => stop.Outcome;

    public void Leave() => Flight.Leave(this);

    public void End(PartJudgement judgement) => _end.SetResult(judgement);

    public void Fail(Exception defect) => _end.SetException(defect);
}
