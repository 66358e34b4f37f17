using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventGateway.Aggregator;

/// <summary>A JSON Pointer (RFC 6901), and how to follow it through checked JSON without building a document.</summary>
internal sealed class JsonPointer
{
    private readonly Token[] _tokens;

    private JsonPointer(Token[] tokens) => _tokens = tokens;

    public enum Target
    {
        /// <summary>The reader stands on the target.</summary>
        Found,

        /// <summary>The target, or something on the way to it, isn't there or is <c>null</c>.</summary>
        Missing,

        /// <summary>Something on the way to the target is no object or array that could hold it.</summary>
        Misplaced,
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPointer? pointer)
    {
        pointer = null;
        if (text.Length > 0 && text[0] != '/')
        {
            return false;
        }

        // "~" is only an escape: "~0" stands for itself and "~1" for the slash.
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '~' && (i + 1 == text.Length || text[i + 1] is not ('0' or '1')))
            {
                return false;
            }
        }

        pointer = new([.. text.Split('/').Skip(1).Select(Token.Parse)]);
        return true;
    }

    /// <summary>Moves a reader that stands on the root value to the target. The last of equal names wins, as in JSON.parse.</summary>
    public Target Follow(ref Utf8JsonReader reader)
    {
        foreach (var token in _tokens)
        {
            var found = reader.TokenType switch
            {
                JsonTokenType.StartObject => TryEnterObject(ref reader, token),
                JsonTokenType.StartArray when token.IsIndex => TryEnterArray(ref reader, token.Index),
                JsonTokenType.Null => false,
                _ => (bool?)null,
            };
            if (found is not true)
            {
                return found is null ? Target.Misplaced : Target.Missing;
            }
        }

        return reader.TokenType is JsonTokenType.Null ? Target.Missing : Target.Found;
    }

    private static bool TryEnterObject(ref Utf8JsonReader reader, Token token)
    {
        var last = reader;
        var isFound = false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var matches = Matches(in reader, token);
            reader.Read();
            if (matches)
            {
                last = reader;
                isFound = true;
            }

            reader.Skip();
        }

        reader = last;
        return isFound;
    }

    private static bool TryEnterArray(ref Utf8JsonReader reader, int index)
    {
        for (var i = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; i++)
        {
            if (i == index)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static bool Matches(in Utf8JsonReader reader, Token token)
    {
        try
        {
            return reader.ValueTextEquals(token.Name);
        }
        catch (InvalidOperationException)
        {
            // The name has an escaped lone surrogate: legal JSON that no text equals.
            return false;
        }
    }

    private readonly record struct Token(byte[] Name, int Index)
    {
        private const int NoIndex = -1;

        public bool IsIndex => Index != NoIndex;

        public static Token Parse(string escaped)
        {
            var name = escaped.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            return new(Encoding.UTF8.GetBytes(name), ParseIndex(name));
        }

        private static int ParseIndex(string name)
        {
            if (name is "-")
            {
                return int.MaxValue;   // RFC 6901: the element after the last one, which is never there
            }

            if (name is "" || !name.All(char.IsAsciiDigit) || (name[0] == '0' && name.Length > 1))
            {
                return NoIndex;
            }

            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue;
        }
    }
}
