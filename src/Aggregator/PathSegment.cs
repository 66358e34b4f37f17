using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace EventGateway.Aggregator;

/// <summary>
/// The rules for ids in paths. An id is any text that stays inside its segment and is no control sequence:
/// not empty, not <c>.</c> or <c>..</c>, without control characters, and well-formed Unicode.
/// </summary>
public static class PathSegment
{
    /// <summary>Percent-decodes one segment of a raw request target, exactly once.</summary>
    /// <param name="rawSegment">The segment as the client sent it: ASCII, without the slashes around it.</param>
    /// <param name="id">The id; <see langword="null"/> when the segment is refused.</param>
    /// <returns>Whether the segment is well-formed and its text is acceptable as an id.</returns>
    public static bool TryDecode(ReadOnlySpan<char> rawSegment, [NotNullWhen(true)] out string? id)
    {
        id = null;
        var octets = new byte[rawSegment.Length];
        var count = 0;
        for (var i = 0; i < rawSegment.Length; i++)
        {
            if (rawSegment[i] != '%')
            {
                if (!char.IsAscii(rawSegment[i]))
                {
                    return false;
                }

                octets[count++] = (byte)rawSegment[i];
            }
            else if (rawSegment.Length - i >= 3
                && byte.TryParse(rawSegment.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octets[count]))
            {
                count++;
                i += 2;
            }
            else
            {
                return false;
            }
        }

        var text = octets.AsSpan(0, count);
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        var decoded = Encoding.UTF8.GetString(text);
        id = IsId(decoded) ? decoded : null;
        return id is not null;
    }

    /// <summary>The id as one URL-encoded segment. Equal ids have equal segments, and the other way round.</summary>
    public static string Encode(string id) => Uri.EscapeDataString(id);

    internal static bool IsId(string id)
    {
        if (id is "" or "." or "..")
        {
            return false;
        }

        for (var i = 0; i < id.Length; i++)
        {
            if (char.IsControl(id[i]))
            {
                return false;
            }

            if (char.IsSurrogate(id[i]))
            {
                if (i + 1 == id.Length || !char.IsSurrogatePair(id[i], id[i + 1]))
                {
                    return false;
                }

                i++;
            }
        }

        return true;
    }
}
