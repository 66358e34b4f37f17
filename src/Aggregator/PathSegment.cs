using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace EventGateway.Aggregator;

/// <summary>
/// The rules for ids in paths. An id is any text that stays inside its segment and is no control sequence:
/// not empty, not <c>.</c> or <c>..</c> in any spelling, without control characters, and well-formed Unicode.
/// </summary>
public static class PathSegment
{
    private const int OnTheStack = 256;
    private const int EscapeLength = 3;   // %2E

    private static readonly SearchValues<char> Hiding = SearchValues.Create("%/\\;");

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

    /// <summary>
    /// Whether some server would find a dot segment where there is none for us: one that decodes once more or twice before it splits the path, splits at
    /// backslashes, ends a segment at <c>;</c>, or takes UTF-8's overlong forms for the characters that they imitate.
    /// </summary>
    /// <param name="segment">What stands between two slashes, encoded or not.</param>
    public static bool HidesDotSegment(ReadOnlySpan<char> segment)
    {
        if (!segment.ContainsAny(Hiding))
        {
            return false;
        }

        var text = segment.Length <= OnTheStack ? stackalloc char[segment.Length] : new char[segment.Length];
        segment.CopyTo(text);
        text = text[..DecodeInPlace(text)];
        text = text[..DecodeInPlace(text)];
        foreach (var range in ((ReadOnlySpan<char>)text).SplitAny('/', '\\'))
        {
            var part = text[range];
            var end = part.IndexOfAny(';', '?', '#');
            if ((end < 0 ? part : part[..end]) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The id as one URL-encoded segment. Equal ids have equal segments, and the other way round.</summary>
    public static string Encode(string id) => Uri.EscapeDataString(id);

    internal static bool IsId(string id)
    {
        if (id is "" or "." or ".." || HidesDotSegment(id))
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

    // One character for each escape; a broken one stays. What it means beyond ASCII is of no matter here.
    private static int DecodeInPlace(Span<char> text)
    {
        var (from, to) = (0, 0);
        while (from < text.Length)
        {
            if (!TryReadEscape(text[from..], out var octet))
            {
                text[to++] = text[from++];
                continue;
            }

            from += EscapeLength;
            text[to++] = ReadOverlong(octet, text[from..], out var read);
            from += read;
        }

        return to;
    }

    // ASCII in two, three or four octets instead of one, which UTF-8 forbids (RFC 3629 §3).
    private static char ReadOverlong(int first, ReadOnlySpan<char> rest, out int read)
    {
        read = 0;
        var (code, more) = first switch
        {
            0xC0 or 0xC1 => (first & 0x1F, 1),
            0xE0 => (0, 2),
            0xF0 => (0, 3),
            _ => (first, 0),
        };
        for (var i = 0; i < more; i++)
        {
            if (!TryReadEscape(rest[(i * EscapeLength)..], out var octet) || (octet & 0xC0) != 0x80)
            {
                return (char)first;
            }

            code = (code << 6) | (octet & 0x3F);
        }

        if (more > 0 && code > 0x7F)
        {
            return (char)first;   // no overlong one
        }

        read = more * EscapeLength;
        return (char)code;
    }

    private static bool TryReadEscape(ReadOnlySpan<char> text, out int octet)
    {
        octet = 0;
        if (text is not ['%', var high, var low, ..] || !char.IsAsciiHexDigit(high) || !char.IsAsciiHexDigit(low))
        {
            return false;
        }

        return int.TryParse(text.Slice(1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octet);
    }
}
