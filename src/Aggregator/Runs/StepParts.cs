using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Aggregator;

/// <summary>The parts of one step of one request: which of them are still to be called for, and what came of the others.</summary>
/// <param name="run">The request.</param>
/// <param name="step">The step.</param>
/// <param name="items">What it is repeated for; <see langword="null"/> for a step that isn't repeated.</param>
internal sealed class StepParts(AggregationRun run, StepPlan step, IReadOnlyList<Item>? items = null) : IPartQueue
{
    private int _taken;   // by Interlocked; one more for each worker that came in vain

    /// <summary>By their places; <see langword="null"/> for those that failed or haven't come.</summary>
    public PartBuffer?[] Parts { get; } = new PartBuffer?[items?.Count ?? 1];

    public bool TryTake(out int place, [NotNullWhen(true)] out UpstreamCall? call)
    {
        (place, call) = (-1, null);
        if (run.HasFailed)
        {
            return false;
        }

        place = Interlocked.Increment(ref _taken) - 1;
        if (place < Parts.Length)
        {
            call = new(step, run.Parameters, items?[place].Segment);
        }

        return call is not null;
    }

    public void Ended(int place, PartJudgement part)
    {
        if (part.Buffer is null)
        {
            run.Lose(step, items?[place].Id, part);
        }

        Parts[place] = part.Buffer;
    }
}
