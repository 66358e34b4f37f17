using System.Text;
using System.Text.Json;

namespace EventGateway.Aggregator;

/// <summary>What a repeated step is called for: each distinct id once, and which of them each slot of the output shows.</summary>
internal sealed class ItemList
{
    // Longer lists than this are rare, and shall not be held by every thread.
    private const int LongestOfThread = 1024;

    private static readonly ItemList Empty = new(0);

    // Of the thread, while it reads a list: 32 bytes for each entry less.
    [ThreadStatic]
    private static Dictionary<string, int>? _bySegment;

    private readonly List<Item> _distinct;
    private int _count;

    private ItemList(int slots)
    {
        Slots = new int[slots];
        _distinct = new(slots);
    }

    public IReadOnlyList<Item> Distinct => _distinct;

    /// <summary>For each entry of the list, in its order, the place of its item in <see cref="Distinct"/>.</summary>
    public int[] Slots { get; }

    /// <summary>Reads the entries that the step's source points at, or says why they can't be used.</summary>
    public static AggregationFailure? Read(ReadOnlySpan<byte> text, StepPlan step, ItemSource source, out ItemList items)
    {
        items = Empty;
        var reader = JsonText.Open(text);
        var target = source.Pointer.Follow(ref reader);
        if (target is JsonPointer.Target.Missing)
        {
            return null;
        }

        if (target is JsonPointer.Target.Misplaced || reader.TokenType is not JsonTokenType.StartArray)
        {
            return Refuse(AggregationError.BadShape, step, $"'{source.Text}' leads to no list.");
        }

        items = new(Count(reader, step.MaxItems));
        var bySegment = items.Slots.Length <= LongestOfThread ? _bySegment ??= new(StringComparer.Ordinal) : new(items.Slots.Length, StringComparer.Ordinal);
        try
        {
            return items.Fill(ref reader, step, source, bySegment);
        }
        finally
        {
            bySegment.Clear();
        }
    }

    private AggregationFailure? Fill(ref Utf8JsonReader reader, StepPlan step, ItemSource source, Dictionary<string, int> bySegment)
    {
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            if (_count == step.MaxItems)
            {
                return Refuse(AggregationError.FanoutLimit, step, $"'{source.Text}' has more than {step.MaxItems} entries.");
            }

            if (ReadId(in reader) is not { } id || !PathSegment.IsId(id))
            {
                return Refuse(AggregationError.BadItem, step, $"entry {_count} of '{source.Text}' is not acceptable as an id.");
            }

            Add(id, bySegment);
        }

        return null;
    }

    private static AggregationFailure Refuse(AggregationError error, StepPlan step, string reason) =>
        new(error, $"Step '{step.Id}': {reason}", step.Id, null, null);

    // Of a list that is as long as it will be, nothing grows.
    private static int Count(Utf8JsonReader reader, int most)
    {
        var count = 0;
        while (count < most && reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
        }

        return count;
    }

    private static string? ReadId(in Utf8JsonReader reader)
    {
        try
        {
            return reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString(),
                JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return null;   // an escaped lone surrogate: legal JSON, but no text
        }
    }

    private void Add(string id, Dictionary<string, int> bySegment)
    {
        var segment = PathSegment.Encode(id);
        if (!bySegment.TryGetValue(segment, out var index))
        {
            index = _distinct.Count;
            bySegment.Add(segment, index);
            _distinct.Add(new(id, segment));
        }

        Slots[_count++] = index;
    }
}
