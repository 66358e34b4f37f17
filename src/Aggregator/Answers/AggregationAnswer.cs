using System.Buffers;

namespace EventGateway.Aggregator;

/// <summary>
/// What the client gets: a failure, or a body that is complete in memory and can't fail any more.
/// Its buffers are rented; write the body before <see cref="Dispose"/>.
/// </summary>
public sealed class AggregationAnswer : IDisposable
{
    private static readonly OutputPlan Nothing = new([], ReadOnlyMemory<byte>.Empty);

    private readonly OutputPlan _output;
    private readonly StepAnswer[] _answers;

    internal AggregationAnswer(OutputPlan output, StepAnswer[] answers, int fanOut)
    {
        _output = output;
        _answers = answers;
        FanOut = fanOut;
        ContentLength = output.Suffix.Length;
        foreach (var member in output.Members)
        {
            var answer = answers[member.StepIndex];
            TotalParts += answer.Slots;
            FailedParts += answer.FailedSlots;
            ContentLength += member.Prefix.Length + answer.Length;
        }

        CacheControl = FailedParts > 0
            ? CacheRules.NoStore
            : CacheRules.Strictest([.. answers.SelectMany(answer => answer.Parts).Select(part => part.CacheControl)]);
    }

    internal AggregationAnswer(AggregationFailure failure, int fanOut = 0)
        : this(Nothing, [], fanOut) => Failure = failure;

    /// <summary>Why there is no body; <see langword="null"/> when there is one, perhaps with parts missing.</summary>
    public AggregationFailure? Failure { get; }

    /// <summary>Bytes that <see cref="WriteTo"/> writes; 0 after a failure.</summary>
    public long ContentLength { get; }

    /// <summary>
    /// The strictest <c>Cache-Control</c> of all parts, <c>no-store</c> when parts are missing,
    /// <see langword="null"/> when the parts say nothing.
    /// </summary>
    public string? CacheControl { get; }

    /// <summary>Places of the output that hold <c>null</c> because their part failed. Only in <see cref="AggregationMode.Partial"/>.</summary>
    public int FailedParts { get; }

    /// <summary>Places of the output: each entry of a list is one, and so is each step that isn't repeated.</summary>
    public int TotalParts { get; }

    /// <summary>Entries, repeated ones included, of all lists that steps were repeated for.</summary>
    public int FanOut { get; }

    /// <summary>Writes the body, JSON in UTF-8: each part as the upstream sent it.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        foreach (var member in _output.Members)
        {
            writer.Write(member.Prefix.Span);
            _answers[member.StepIndex].WriteTo(writer);
        }

        writer.Write(_output.Suffix.Span);
    }

    /// <summary>Returns the rented buffers. The body can't be written any more.</summary>
    public void Dispose()
    {
        foreach (var answer in _answers)
        {
            answer.Release();
        }
    }
}
