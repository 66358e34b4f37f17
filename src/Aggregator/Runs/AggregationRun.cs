namespace EventGateway.Aggregator;

/// <summary>
/// One request on its way: starts what can start, stops what nobody needs any more, and puts the answer together
/// when every call has ended.
/// </summary>
internal sealed class AggregationRun : IDisposable
{
    private readonly AggregationPlan _plan;
    private readonly StopSignal _stop;
    private readonly PartCaller _caller;
    private AggregationFailure? _fatal;       // written once, by the first failure that is the whole's
    private AggregationFailure? _firstLost;   // written once, by the first failure that only leaves a gap
    private int _fanOut;

    public AggregationRun(
        AggregationPlan plan, IReadOnlyList<string> encodedParameters, IUpstream upstream, TimeProvider time, CancellationToken clientLeft)
    {
        _plan = plan;
        Parameters = encodedParameters;
        _stop = new(plan.TotalTimeout, time, clientLeft);
        _caller = new(upstream, time, new ByteBudget(plan.MaxTotalBytes), _stop);
    }

    /// <summary>Encoded.</summary>
    public IReadOnlyList<string> Parameters { get; }

    /// <summary>Whether nobody needs any further part.</summary>
    public bool HasFailed => Volatile.Read(ref _fatal) is not null;

    /// <summary>Once, and with it the run is over: a task around this one, to dispose of it, would be another 0.1 kB.</summary>
    public async Task<AggregationAnswer> RunAsync()
    {
        using (this)
        {
            // A step waits only for steps before it, so that their tasks are there.
            var pending = new Task<StepAnswer>[_plan.Steps.Count];
            for (var i = 0; i < pending.Length; i++)
            {
                var step = _plan.Steps[i];
                pending[i] = step.Source is { } source ? CallForEachAsync(step, source, pending[source.StepIndex]) : CallOnceAsync(step);
            }

            return Conclude(await Task.WhenAll(pending));
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task<StepAnswer> CallOnceAsync(StepPlan step)
    {
        var one = new StepParts(this, step);
        using var begun = _caller.BeginTogether(step);
        await _caller.WorkAsync(one, step, begun.Token);
        return StepAnswer.OfOne(one.Parts);
    }

    private async Task<StepAnswer> CallForEachAsync(StepPlan step, ItemSource source, Task<StepAnswer> answer)
    {
        if ((await answer).Single is not { } part)
        {
            return StepAnswer.OfList([], []);
        }

        if (ItemList.Read(part.Text, step, source, out var items) is { } refusal)
        {
            Fail(refusal);
            return StepAnswer.OfList([], []);
        }

        Interlocked.Add(ref _fanOut, items.Slots.Length);
        var each = new StepParts(this, step, items.Distinct);
        var workers = new Task[Math.Min(step.MaxConcurrency, items.Distinct.Count)];
        using var begun = _caller.BeginTogether(step);
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = _caller.WorkAsync(each, step, begun.Token);
        }

        await Task.WhenAll(workers);
        return StepAnswer.OfList(each.Parts, items.Slots);
    }

    /// <summary>A part has failed.</summary>
    /// <param name="step">Its step.</param>
    /// <param name="item">The id that it was called for; <see langword="null"/> for a step that isn't repeated.</param>
    /// <param name="part">How.</param>
    public void Lose(StepPlan step, string? item, PartJudgement part)
    {
        if (HasFailed)
        {
            return;
        }

        if (_plan.Mode is AggregationMode.FailFast || step.FeedsOthers || _stop.ClientLeft)
        {
            Fail(AggregationFailure.OfPart(step, item, part));
        }
        else if (Volatile.Read(ref _firstLost) is null)
        {
            Interlocked.CompareExchange(ref _firstLost, AggregationFailure.OfPart(step, item, part), null);
        }
    }

    private void Fail(AggregationFailure failure)
    {
        if (Interlocked.CompareExchange(ref _fatal, failure, null) is null)
        {
            _stop.Raise();
        }
    }

    private AggregationAnswer Conclude(StepAnswer[] answers)
    {
        var answer = new AggregationAnswer(_plan.Output, answers, _fanOut);
        if ((_fatal ?? FindLoss(answers, answer)) is not { } failure)
        {
            return answer;
        }

        answer.Dispose();
        return new(failure, _fanOut);
    }

    private AggregationFailure? FindLoss(StepAnswer[] answers, AggregationAnswer answer)
    {
        if (answer.FailedParts > 0 && IsNothingLeft(answers, answer))
        {
            return _firstLost;
        }

        return answer.ContentLength <= _plan.MaxTotalBytes
            ? null
            : new(AggregationError.TooLarge, $"The answer exceeds the limit of {_plan.MaxTotalBytes} bytes.", null, null, null);
    }

    private bool IsNothingLeft(StepAnswer[] answers, AggregationAnswer answer)
    {
        var lists = _plan.Steps.Where(step => step.IsFanOut).Select(step => answers[step.Index]).ToList();
        return answer.FailedParts == answer.TotalParts
            || (lists.Sum(list => list.Slots) is > 0 and var slots && lists.Sum(list => list.FailedSlots) == slots);
    }
}
