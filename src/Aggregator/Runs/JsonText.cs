using System.Text.Json;
using System.Text.Unicode;

namespace EventGateway.Aggregator;

/// <summary>Checks that bytes are one complete JSON value, without building a document.</summary>
internal static class JsonText
{
    /// <summary>Most levels of arrays and objects. The reader's own default, 64, is less than honest data may have.</summary>
    public const int MaxDepth = 512;

    // One level more than allowed, so that we meet the first one too deep ourselves: the reader's own exception
    // for it can't be told from those for malformed text.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth + 1 };

    /// <summary>A reader that stands on the root value.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, Options);
        reader.Read();
        return reader;
    }

    /// <summary><see cref="PartOutcome.Success"/>, <see cref="PartOutcome.BadJson"/> or <see cref="PartOutcome.TooDeep"/>.</summary>
    /// <param name="text">The bytes, without a byte order mark.</param>
    /// <param name="isNull">Whether the value is <c>null</c>.</param>
    public static PartOutcome Check(ReadOnlySpan<byte> text, out bool isNull)
    {
        isNull = false;

        // The reader checks the grammar, but lets invalid UTF-8 inside of strings pass.
        if (!Utf8.IsValid(text))
        {
            return PartOutcome.BadJson;
        }

        try
        {
            var reader = Open(text);
            isNull = reader.TokenType is JsonTokenType.Null;
            do
            {
                if (reader.CurrentDepth >= MaxDepth && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    return PartOutcome.TooDeep;
                }
            }
            while (reader.Read());

            return PartOutcome.Success;
        }
        catch (JsonException)
        {
            return PartOutcome.BadJson;
        }
    }
}
