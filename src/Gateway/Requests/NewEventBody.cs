using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// The body of <c>POST /addEvent</c>: checked without being rewritten. What the client sent reaches the upstream byte for byte;
/// only a missing <c>id</c> is put in front of its members.
/// </summary>
internal static class NewEventBody
{
    private const int DeepestNesting = 32;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = DeepestNesting };

    /// <summary>Returns null when the body is fine. <paramref name="idOffset"/> is then where an id belongs, or -1 if there is one.</summary>
    public static GatewayError? Check(ReadOnlySpan<byte> body, out int idOffset)
    {
        idOffset = -1;
        if (body.IsEmpty)
        {
            return GatewayError.InvalidBody(null, "The request body is empty; a JSON object with name and userId is expected.");
        }

        if (body.StartsWith(Encoding.UTF8.Preamble) || !Utf8.IsValid(body))
        {
            return GatewayError.InvalidBody(null, "The request body must be UTF-8 without a byte order mark.");
        }

        try
        {
            var members = new Members();
            return members.Read(body, out idOffset);
        }
        catch (JsonException e)
        {
            var tooDeep = DepthExceeded(body);
            return GatewayError.InvalidBody(null, tooDeep
                ? $"The request body is nested deeper than {DeepestNesting} levels."
                : $"The request body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}).");
        }
    }

    /// <summary>The body with <paramref name="id"/> as its first member.</summary>
    public static byte[] InsertId(ReadOnlySpan<byte> body, int idOffset, long id)
    {
        Span<byte> member = stackalloc byte[32];
        "\"id\":"u8.CopyTo(member);
        Utf8Formatter.TryFormat(id, member[5..], out var digits);
        member[5 + digits] = (byte)',';
        return [.. body[..idOffset], .. member[..(6 + digits)], .. body[idOffset..]];
    }

    // The reader reports depth like any other error; only a deeper reading of the same bytes tells the two apart.
    private static bool DepthExceeded(ReadOnlySpan<byte> body)
    {
        var depth = 0;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DeepestNesting + 1 });
        try
        {
            while (reader.Read())
            {
                depth = Math.Max(depth, reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0));
            }
        }
        catch (JsonException)
        {
            // The first mistake ends the reading; what was seen until then decides.
        }

        return depth > DeepestNesting;
    }

    private ref struct Members
    {
        private bool _name;
        private bool _userId;
        private bool _id;

        public GatewayError? Read(ReadOnlySpan<byte> body, out int idOffset)
        {
            idOffset = -1;
            var reader = new Utf8JsonReader(body, ReaderOptions);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return GatewayError.InvalidBody(null, "The request body must be a JSON object.");
            }

            var afterBrace = (int)reader.BytesConsumed;
            GatewayError? first = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // The first mistake is told, but the rest is still read: what follows may not be JSON at all.
                first ??= ReadMember(ref reader);
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    reader.Read();
                }

                reader.Skip();
            }

            reader.Read();   // throws when anything follows the object
            idOffset = _id ? -1 : afterBrace;
            return first
                ?? (!_name ? Missing("name") : null)
                ?? (!_userId ? Missing("userId") : null);
        }

        private GatewayError? ReadMember(ref Utf8JsonReader reader)
        {
            if (IsNamed(ref reader, "name"u8))
            {
                return Once(ref _name, "name") ?? Expect(IsText(ref reader), "name", "a non-empty string");
            }

            if (IsNamed(ref reader, "userId"u8))
            {
                return Once(ref _userId, "userId") ?? Expect(IsTextOrInteger(ref reader), "userId", "a non-empty string or an integer");
            }

            return IsNamed(ref reader, "id"u8)
                ? Once(ref _id, "id") ?? Expect(IsTextOrInteger(ref reader), "id", "a non-empty string or an integer")
                : null;
        }

        // An escaped lone surrogate is no text that could be compared, and none of our names.
        private static bool IsNamed(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
        {
            try
            {
                return reader.ValueTextEquals(name);
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        private static GatewayError? Once(ref bool seen, string member)
        {
            if (seen)
            {
                return GatewayError.InvalidBody(member, $"'{member}' stands in the request body more than once.");
            }

            seen = true;
            return null;
        }

        private static GatewayError? Expect(bool right, string member, string what) =>
            right ? null : GatewayError.InvalidBody(member, $"'{member}' must be {what}.");

        private static GatewayError Missing(string member) => GatewayError.InvalidBody(member, $"'{member}' is missing in the request body.");

        private static bool IsText(ref Utf8JsonReader reader) =>
            reader.Read() && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty;

        private static bool IsTextOrInteger(ref Utf8JsonReader reader) =>
            IsText(ref reader) || (reader.TokenType == JsonTokenType.Number && !reader.ValueSpan.ContainsAny(".eE"u8));
    }
}
