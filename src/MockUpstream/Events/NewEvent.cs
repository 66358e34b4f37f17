using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace EventGateway.MockUpstream.Events;

/// <summary>An event that came by <c>addEvent</c>.</summary>
/// <param name="Id">Its key: what <c>getEventById</c> asks for.</param>
/// <param name="IdJson">Its id as it came: a JSON number or string.</param>
/// <param name="UserId">The key of its user: "1" and 1 are the same one.</param>
/// <param name="Json">The whole event as it came.</param>
internal sealed record NewEvent(string Id, byte[] IdJson, string UserId, byte[] Json)
{
    private const long LargestExact = 1L << 53;   // beyond it, JavaScript's numbers skip integers

    public static bool TryParse(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out NewEvent? parsed, [NotNullWhen(false)] out string? problem)
    {
        parsed = null;
        if (!Utf8.IsValid(body.Span))
        {
            problem = "The body isn't UTF-8.";
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            (parsed, problem) = Read(document.RootElement);
            return parsed is not null;
        }
        catch (JsonException)
        {
            problem = "The body isn't JSON.";
            return false;
        }
    }

    private static (NewEvent? Parsed, string? Problem) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, "The body isn't a JSON object.");
        }

        if (!root.TryGetProperty("id", out var id) || Key(id) is not { } idKey)
        {
            return (null, "id must be a string or an integer up to 2^53.");
        }

        if (!root.TryGetProperty("userId", out var userId) || Key(userId) is not { } userKey)
        {
            return (null, "userId must be a string or an integer up to 2^53.");
        }

        return (new NewEvent(idKey, Raw(id), userKey, Raw(root)), null);
    }

    private static string? Key(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.Number when id.TryGetInt64(out var number) && number is >= -LargestExact and <= LargestExact => id.GetRawText(),
        JsonValueKind.String => Text(id),
        _ => null,
    };

    private static string? Text(JsonElement id)
    {
        try
        {
            return id.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;   // half a surrogate pair, escaped: JSON allows it, a URL can't carry it
        }
    }

    private static byte[] Raw(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).ToArray();
}
