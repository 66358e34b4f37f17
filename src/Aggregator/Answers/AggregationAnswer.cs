using System.Buffers;
using System.Collections.Frozen;

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

        if (FailedParts > 0)
        {
            CacheControl = SharedCacheControl = CacheRules.NoStore;
            return;
        }

        if (Array.TrueForAll(answers, static answer => answer.SaysNothing))
        {
            return;
        }

        var parts = answers.SelectMany(answer => answer.Parts).Select(part => part.Caching).ToList();
        var said = parts.ConvertAll(part => part.CacheControl);
        CacheControl = CacheRules.Strictest(said);
        SharedCacheControl = CacheRules.Bound(said);
        Vary = parts.SelectMany(part => part.Vary).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    internal AggregationAnswer(AggregationFailure failure, int fanOut = 0)
        : this(Nothing, [], fanOut) => Failure = failure;

    /// <summary>Why there is no body; <see langword="null"/> when there is one, perhaps with parts missing.</summary>
    public AggregationFailure? Failure { get; }

    /// <summary>Bytes that <see cref="WriteTo"/> writes; 0 after a failure.</summary>
    public long ContentLength { get; }

    /// <summary>
    /// The strictest <c>Cache-Control</c> of all parts, with what is left of their ages, <c>no-store</c> when parts are missing,
    /// <see langword="null"/> when the parts say nothing.
    /// </summary>
    public string? CacheControl { get; }

    /// <summary>
    /// The same for a cache of the caller's own that has a lifetime for what says nothing: there the age of any part binds the whole.
    /// </summary>
    public string? SharedCacheControl { get; }

    /// <summary>Request headers by which parts differ, as the upstreams said; <c>*</c> among them for anything.</summary>
    public IReadOnlySet<string> Vary { get; } = FrozenSet<string>.Empty;

    /// <summary>Places of the output that hold <c>null</c> because their part failed. Only in <see cref="AggregationMode.Partial"/>.</summary>
    public int FailedParts { get; }

    /// <summary>Places of the output: each entry of a list is one, and so is each step that isn't repeated.</summary>
    public int TotalParts { get; }

    /// <summary>Entries, repeated ones included, of all lists that steps were repeated for.</summary>
    public int FanOut { get; }

    /// <summary>Writes the body, JSON in UTF-8: each part as the upstream sent it.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        var pieces = new PieceWriter(writer);
        foreach (var member in _output.Members)
        {
            pieces.Write(member.Prefix.Span);
            _answers[member.StepIndex].WriteTo(ref pieces);
        }

        pieces.Write(_output.Suffix.Span);
        pieces.Flush();
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
