using System.Globalization;
using System.Net;
using System.Text;
using EventGateway.Gateway.Proxying;

namespace EventGateway.Gateway.Http1;

/// <summary>Reads the head of an answer (RFC 9112 §4 to §6), and keeps of its fields what somebody asks for.</summary>
internal static class AnswerHead
{
    private const int VersionLength = 9;   // "HTTP/1.1 "
    private const int StatusLength = 3;

    // What the aggregator, breakers and retries ask for, besides the framing and the charset.
    private static readonly byte[][] Wanted =
    [
        [.. "Cache-Control"u8], [.. "Content-Encoding"u8], [.. "Expires"u8], [.. "Retry-After"u8], [.. "Set-Cookie"u8], [.. "Vary"u8],
    ];

    private static ReadOnlySpan<byte> Beginning => "HTTP/1."u8;

    /// <summary>Bytes until behind the empty line at its end, or -1. A field that goes on in further lines becomes one line (RFC 9112 §5.2).</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="scanned">Where to begin, and then where to go on.</param>
    public static int FindEnd(Span<byte> bytes, ref int scanned)
    {
        while (bytes[scanned..].IndexOf((byte)'\n') is var end and >= 0)
        {
            var next = scanned + end + 1;
            var line = bytes[next..];
            if (line.StartsWith("\n"u8) || line.StartsWith("\r\n"u8))
            {
                return next + line.IndexOf((byte)'\n') + 1;
            }

            if (line.IsEmpty || line is [(byte)'\r'])
            {
                break;   // the next byte tells what it is
            }

            if (line[0] is (byte)' ' or (byte)'\t' && scanned > 0)   // not behind the status, where it would hide a field
            {
                var isWithReturn = end > 0 && bytes[next - 2] == '\r';
                bytes[(isWithReturn ? next - 2 : next - 1)..next].Fill((byte)' ');
            }

            scanned = next;
        }

        return -1;
    }

    /// <summary>
    /// An answer with an <see cref="AnswerContent"/> that isn't told yet where it comes from. It has all its headers if there is one that somebody asks for, and otherwise none:
    /// they would be a third of what a call allocates.
    /// </summary>
    /// <param name="head">All of it, with the empty line.</param>
    /// <exception cref="HttpRequestException">It can't be understood.</exception>
    public static HttpResponseMessage Parse(ReadOnlySpan<byte> head)
    {
        var lines = head;
        var status = ReadStatus(ref lines, out var isLast);
        var fields = lines;
        var length = default(AnswerLength);
        var isPlain = true;
        TimeSpan? keptFor = null;
        while (TryReadField(ref lines, out var name, out var value))
        {
            switch (name.Length)
            {
                case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                    length.AddLength(value);
                    break;
                case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                    length.AddCoding(value);
                    break;
                case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                    isLast |= HasToken(value, "close"u8);
                    break;
                case 10 when Ascii.EqualsIgnoreCase(name, "Keep-Alive"u8):
                    keptFor = TimeoutIn(value) ?? keptFor;
                    break;
                case 12 when Ascii.EqualsIgnoreCase(name, "Content-Type"u8):
                    isPlain &= value.Count((byte)'=') is var parameters && (parameters == 0 || (parameters == 1 && EndsWith(value, "charset=utf-8"u8)));   // JSON's own
                    break;
                default:
                    isPlain &= !IsWanted(name);
                    break;
            }
        }

        isPlain &= length.IsSound;   // what is wrong with it, the aggregator says
        isLast |= !length.IsSound;
        if (status is (int)HttpStatusCode.NoContent && (length.IsChunked || length.Bytes > 0))
        {
            (isPlain, isLast) = (false, true);   // has none, and says that it has
        }

        if (status is (int)HttpStatusCode.NoContent or (int)HttpStatusCode.NotModified)
        {
            length = AnswerLength.None;
        }

        var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new AnswerContent(length, isPlain, isLast || !length.HasEnd, keptFor) };
        if (!isPlain)
        {
            KeepAll(answer, fields);
        }

        return answer;
    }

    // Older versions than 1.1 keep no connection (RFC 9112 §9.3).
    private static int ReadStatus(scoped ref ReadOnlySpan<byte> lines, out bool isLast)
    {
        var line = ReadLine(ref lines);
        if (line.Length < VersionLength + StatusLength
            || !line.StartsWith(Beginning) || !char.IsAsciiDigit((char)line[VersionLength - 2]) || line[VersionLength - 1] != ' '
            || !int.TryParse(line.Slice(VersionLength, StatusLength), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            || line[(VersionLength + StatusLength)..] is [not (byte)' ', ..])
        {
            throw Invalid("It begins with no status.");
        }

        isLast = line[VersionLength - 2] == '0';
        return status != (int)HttpStatusCode.SwitchingProtocols ? status : throw Invalid("It switches protocols, and nobody asked it to.");
    }

    /// <summary>Whether a line begins with the name of a field.</summary>
    public static bool IsField(ReadOnlySpan<byte> line) => TrySplit(line, out _, out _);

    /// <summary>Of something else than HTTP no end of a head may ever come.</summary>
    /// <exception cref="HttpRequestException">The bytes aren't the beginning of an answer.</exception>
    public static void CheckBeginning(ReadOnlySpan<byte> bytes)
    {
        var beginning = Beginning[..Math.Min(bytes.Length, Beginning.Length)];
        if (!bytes.StartsWith(beginning))
        {
            throw Invalid("It begins with no status.");
        }
    }

    private static bool TryReadField(scoped ref ReadOnlySpan<byte> lines, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var line = ReadLine(ref lines);
        var isField = TrySplit(line, out name, out value);
        return isField || line.IsEmpty ? isField : throw Invalid("It has a header without a name.");
    }

    // A space before the colon isn't allowed, and whoever passes the field on has to take it away (RFC 9112 §5.1).
    private static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var colon = line.IndexOf((byte)':');
        name = line[..Math.Max(colon, 0)].TrimEnd((byte)' ');
        value = line[(colon + 1)..].Trim(" \t"u8);
        return HeaderSyntax.IsToken(name);
    }

    private static ReadOnlySpan<byte> ReadLine(scoped ref ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOfAny((byte)'\r', (byte)'\n', (byte)'\0');
        var line = lines[..end];
        var next = lines[end] == '\r' ? end + 1 : end;
        if (lines[next] != '\n')
        {
            throw Invalid("It has a line break or NUL where none can be.");
        }

        lines = lines[(next + 1)..];
        return line;
    }

    private static bool IsWanted(ReadOnlySpan<byte> name)
    {
        foreach (var wanted in Wanted)
        {
            if (Ascii.EqualsIgnoreCase(name, wanted))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsWith(ReadOnlySpan<byte> value, ReadOnlySpan<byte> end) =>
        value.Length >= end.Length && Ascii.EqualsIgnoreCase(value[^end.Length..], end);

    private static bool HasToken(ReadOnlySpan<byte> value, ReadOnlySpan<byte> token)
    {
        foreach (var range in value.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(value[range].Trim(" \t"u8), token))
            {
                return true;
            }
        }

        return false;
    }

    // A second less: the answer was on its way, and the next call will be.
    private static TimeSpan? TimeoutIn(ReadOnlySpan<byte> value)
    {
        var name = "timeout="u8;
        foreach (var range in value.Split((byte)','))
        {
            var parameter = value[range].Trim(" \t"u8);
            if (parameter.Length > name.Length && Ascii.EqualsIgnoreCase(parameter[..name.Length], name)
                && int.TryParse(parameter[name.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                return TimeSpan.FromSeconds(Math.Max(seconds - 1, 0));
            }
        }

        return null;
    }

    private static void KeepAll(HttpResponseMessage answer, ReadOnlySpan<byte> lines)
    {
        while (TryReadField(ref lines, out var name, out var value))
        {
            var (nameText, valueText) = (Encoding.ASCII.GetString(name), Encoding.Latin1.GetString(value));
            if (!answer.Headers.TryAddWithoutValidation(nameText, valueText))
            {
                answer.Content.Headers.TryAddWithoutValidation(nameText, valueText);
            }
        }
    }

    private static HttpRequestException Invalid(string what) => new(HttpRequestError.InvalidResponse, $"The answer can't be understood. {what}");
}
