using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Http1;

/// <summary>What is sent for a call: a line of its own, and fields that many have in common.</summary>
internal static class Http1Request
{
    private static readonly SearchValues<char> Breaks = SearchValues.Create("\r\n\0");

    private static ReadOnlySpan<byte> Method => "GET "u8;

    private static ReadOnlySpan<byte> Version => " HTTP/1.1\r\n"u8;

    private static ReadOnlySpan<byte> Colon => ": "u8;

    private static ReadOnlySpan<byte> End => "\r\n"u8;

    /// <summary>The fields of a call as they are sent, with the empty line behind them.</summary>
    public static ReadOnlyMemory<byte> FieldsOf(string host, IHeaderDictionary headers)
    {
        var length = LengthOf("Host", host) + End.Length;
        foreach (var (name, values) in headers)
        {
            length += LengthOf(name, ValueOf(name, values));
        }

        var fields = new byte[length];
        var rest = Add("Host", host, fields);
        foreach (var (name, values) in headers)
        {
            rest = Add(name, ValueOf(name, values), rest);
        }

        End.CopyTo(rest);
        return fields.AsMemory(..^(rest.Length - End.Length));
    }

    public static int LengthOf(string path, ReadOnlyMemory<byte> fields) => Method.Length + path.Length + Version.Length + fields.Length;

    public static void Write(string path, ReadOnlySpan<byte> fields, Span<byte> request)
    {
        Method.CopyTo(request);
        request = request[Method.Length..];
        request = request[Encoding.ASCII.GetBytes(path, request)..];
        Version.CopyTo(request);
        fields.CopyTo(request[Version.Length..]);
    }

    // One line, as .NET's client makes of several: not everybody reads more than the first (RFC 9110 §5.3, RFC 6265 §5.4).
    private static string? ValueOf(string name, StringValues values) =>
        values.Count == 1 ? values[0] : string.Join(name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ", values.ToArray());

    private static int LengthOf(string name, string? value) => name.Length + Colon.Length + (value?.Length ?? 0) + End.Length;

    // Latin-1 as everywhere: bytes that aren't ASCII go through as they are. No server gives a value with a break in it; one that did would write our requests.
    private static Span<byte> Add(string name, string? value, Span<byte> fields)
    {
        if (value.AsSpan().ContainsAny(Breaks))
        {
            return fields;
        }

        fields = fields[Encoding.Latin1.GetBytes(name, fields)..];
        Colon.CopyTo(fields);
        fields = fields[Colon.Length..];
        fields = fields[Encoding.Latin1.GetBytes(value, fields)..];
        End.CopyTo(fields);
        return fields[End.Length..];
    }
}
