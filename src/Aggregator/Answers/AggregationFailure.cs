namespace EventGateway.Aggregator;

/// <summary>Why there is no answer. Everything in it is fit for a client: no addresses, no text of exceptions.</summary>
/// <param name="Error">What happened.</param>
/// <param name="Detail">A sentence that says which step and item.</param>
/// <param name="Step">The step's id; <see langword="null"/> when the failure belongs to no single step.</param>
/// <param name="Item">The item's id, shortened when very long; <see langword="null"/> when it isn't about one item.</param>
/// <param name="RetryAfter">When trying again may help; <see langword="null"/> when not known.</param>
public sealed record AggregationFailure(AggregationError Error, string Detail, string? Step, string? Item, TimeSpan? RetryAfter)
{
    private const int LongestItem = 100;

    internal static AggregationFailure OfPart(StepPlan step, string? item, PartJudgement part)
    {
        if (item is { Length: > LongestItem })
        {
            item = $"{item.AsSpan(0, LongestItem)}…";
        }

        var place = item is null ? $"Step '{step.Id}'" : $"Step '{step.Id}', item '{item}'";
        return new(part.Outcome.ToError(), $"{place}: {Explain(step, part)}", step.Id, item, part.RetryAfter);
    }

    private static string Explain(StepPlan step, PartJudgement part) => part.Outcome switch
    {
        PartOutcome.NotFound => "not found.",
        PartOutcome.BadStatus => $"the upstream answered with status {part.Status}.",
        PartOutcome.Connect => "the upstream could not be reached.",
        PartOutcome.Transport => "the connection broke before an answer came.",
        PartOutcome.BadResponse => "the answer is not valid HTTP.",
        PartOutcome.BadFraming => "the answer contradicts itself about its length.",
        PartOutcome.Body => "the answer was cut short.",
        PartOutcome.Timeout => "no complete answer in time.",
        PartOutcome.TooLarge => $"the answer exceeds the limit of {step.MaxBytes} bytes, or of all parts together.",
        PartOutcome.BadEncoding => "the answer's charset or content coding is not supported, or it can't be decoded.",
        PartOutcome.BadJson => "the answer is not one JSON value in UTF-8.",
        PartOutcome.TooDeep => $"the answer is nested deeper than {JsonText.MaxDepth} levels.",
        PartOutcome.Unavailable => "the upstream is not available at present.",
        PartOutcome.Cancelled => "cancelled, the client left.",
        _ => throw new ArgumentOutOfRangeException(nameof(part)),
    };
}
