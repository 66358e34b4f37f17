using System.Buffers;
using System.Globalization;
using System.Text;
using EventGateway.Aggregator;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// The path as the client sent it. <see cref="HttpRequest.Path"/> has been decoded and freed of dot segments, but keeps <c>%2F</c>:
/// afterwards it can't be told from <c>%252F</c>.
/// </summary>
internal static class RawPath
{
    private static readonly string ControlCharacters = string.Concat(Enumerable.Range(0, 0x80).Select(code => (char)code).Where(char.IsControl));

    // Without any of these a path can't be read in two ways.
    private static readonly SearchValues<char> Suspicious = SearchValues.Create($"%\\;{ControlCharacters}");

    // RFC 3986 §3.3, slashes and escapes included; and what clients send in queries, where only these have another meaning.
    private static readonly SearchValues<char> OfPaths =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%");

    private static readonly SearchValues<char> NotOfQueries = SearchValues.Create($"# {ControlCharacters}");

    /// <summary>Path of the request target, without scheme and authority of its absolute form (RFC 9112 §3.2.2), and without query.</summary>
    public static ReadOnlySpan<char> Of(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        target = target.IndexOf('?') is var query and >= 0 ? target[..query] : target;
        if (!target.StartsWith("/") && target.IndexOf("://") is var scheme and >= 0)
        {
            target = target[(scheme + 3)..];
            target = target.IndexOf('/') is var slash and >= 0 ? target[slash..] : "/";
        }

        return target;
    }

    /// <summary>The same without the prefix of a version, which the request's base path has: the path for which the route was found.</summary>
    public static ReadOnlySpan<char> BelowVersion(HttpContext context)
    {
        var path = Of(context);
        if (!context.Request.PathBase.HasValue || HasDotSegment(path))
        {
            return path;   // with dot segments nobody can say where the prefix ends, and nobody goes by this path
        }

        // The prefix may have been written with escapes; its segments are as many.
        foreach (var c in context.Request.PathBase.Value)
        {
            if (c == '/')
            {
                path = path[1..];
                path = path.IndexOf('/') is var slash and >= 0 ? path[slash..] : "";
            }
        }

        return path.IsEmpty ? "/" : path;
    }

    /// <summary>Whether a segment is <c>.</c> or <c>..</c>, in plain or with its dots percent-encoded.</summary>
    public static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            if (IsDotSegment(path[range]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether another server could take the path for a different one: there is an escape that is none, a control character, or a dot segment that
    /// shows only when more is decoded, or split, than RFC 3986 says. Dot segments that everybody sees are none of these.
    /// </summary>
    public static bool IsAmbiguous(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAny(Suspicious))
        {
            return false;
        }

        if (!IsText(path))
        {
            return true;
        }

        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (!IsDotSegment(segment) && PathSegment.HidesDotSegment(segment))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path with what can't stand in one encoded; each escape stays as it is.</summary>
    public static string Escape(ReadOnlySpan<char> path) => path.ContainsAnyExcept(OfPaths) ? Escape(path, OfPaths.Contains) : path.ToString();

    /// <summary>The same for a query, of which clients take the rules less strictly.</summary>
    public static string? EscapeQuery(string? query) =>
        query.AsSpan().ContainsAny(NotOfQueries) ? Escape(query, static c => !NotOfQueries.Contains(c)) : query;

    private static string Escape(ReadOnlySpan<char> text, Func<char, bool> mayStand)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = mayStand(c) ? escaped.Append(c) : escaped.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
        }

        return escaped.ToString();
    }

    // Whole escapes, and no control character, encoded or not.
    private static bool IsText(ReadOnlySpan<char> path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (c == '%')
            {
                if (path.Length - i < 3 || !byte.TryParse(path.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
                {
                    return false;
                }

                c = octet < 0x80 ? (char)octet : 'x';
                i += 2;
            }

            if (char.IsControl(c))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDotSegment(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        while (!segment.IsEmpty)
        {
            var length = segment[0] == '.' ? 1 : segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase) ? 3 : 0;
            if (length == 0)
            {
                return false;
            }

            dots++;
            segment = segment[length..];
        }

        return dots is 1 or 2;
    }
}
