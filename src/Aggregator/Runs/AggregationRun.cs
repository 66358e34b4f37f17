namespace EventGateway.Aggregator;

/// <summary>
/// One request on its way: starts what can start, stops what nobody needs any more, and puts the answer together
/// when every call has ended.
/// </summary>
internal sealed class AggregationRun : IDisposable
{
    private readonly AggregationPlan _plan;
    private readonly IReadOnlyList<string> _parameters;   // encoded
    private readonly StopSignal _stop;
    private readonly PartCaller _caller;
    private AggregationFailure? _fatal;       // written once, by the first failure that is the whole's
    private AggregationFailure? _firstLost;   // written once, by the first failure that only leaves a gap
    private int _fanOut;

    public AggregationRun(
        AggregationPlan plan, IReadOnlyList<string> encodedParameters, IUpstream upstream, TimeProvider time, CancellationToken clientLeft)
    {
        _plan = plan;
        _parameters = encodedParameters;
        _stop = new(plan.TotalTimeout, time, clientLeft);
        _caller = new(upstream, time, new ByteBudget(plan.MaxTotalBytes), _stop);
    }

    public async Task<AggregationAnswer> RunAsync()
    {
        // A step waits only for steps before it, so that their tasks are there.
        var pending = new Task<StepAnswer>[_plan.Steps.Count];
        foreach (var step in _plan.Steps)
        {
            pending[step.Index] = StartAsync(step, pending);
        }

        return Conclude(await Task.WhenAll(pending));
    }

    public void Dispose() => _stop.Dispose();

    private async Task<StepAnswer> StartAsync(StepPlan step, Task<StepAnswer>[] pending)
    {
        if (step.Source is { } source)
        {
            return await CallForEachAsync(step, source, await pending[source.StepIndex]);
        }

        try
        {
            return StepAnswer.OfOne(Take(step, item: null, await BeginCall(step, item: null)));
        }
        catch
        {
            _stop.Raise();   // see WorkAsync
            throw;
        }
    }

    private async Task<StepAnswer> CallForEachAsync(StepPlan step, ItemSource source, StepAnswer answer)
    {
        if (answer.Single is not { } part)
        {
            return StepAnswer.OfList([], []);
        }

        if (ItemList.Read(part.Text, step, source, out var items) is { } refusal)
        {
            Fail(refusal);
            return StepAnswer.OfList([], []);
        }

        Interlocked.Add(ref _fanOut, items.Slots.Length);
        var parts = new PartBuffer?[items.Distinct.Count];
        var next = -1;
        var workers = new Task[Math.Min(step.MaxConcurrency, parts.Length)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync();
        }

        await Task.WhenAll(workers);
        return StepAnswer.OfList(parts, items.Slots);

        async Task WorkAsync()
        {
            try
            {
                while (Volatile.Read(ref _fatal) is null && Interlocked.Increment(ref next) is var i && i < parts.Length)
                {
                    var judgement = await BeginCall(step, items.Distinct[i]);
                    parts[i] = Take(step, items.Distinct[i], judgement);
                }
            }
            catch
            {
                // A defect, not an upstream's fault: it goes to the caller, but no sibling may outlive it.
                _stop.Raise();
                throw;
            }
        }
    }

    private Task<PartJudgement> BeginCall(StepPlan step, Item? item) => _caller.CallAsync(new(step, step.PathFor(_parameters, item?.Segment)));

    private PartBuffer? Take(StepPlan step, Item? item, PartJudgement part)
    {
        if (part.Buffer is null)
        {
            Lose(step, item, part);
        }

        return part.Buffer;
    }

    private void Lose(StepPlan step, Item? item, PartJudgement part)
    {
        if (Volatile.Read(ref _fatal) is not null)
        {
            return;
        }

        if (_plan.Mode is AggregationMode.FailFast || step.FeedsOthers || _stop.ClientLeft)
        {
            Fail(AggregationFailure.OfPart(step, item?.Id, part));
        }
        else if (Volatile.Read(ref _firstLost) is null)
        {
            Interlocked.CompareExchange(ref _firstLost, AggregationFailure.OfPart(step, item?.Id, part), null);
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
