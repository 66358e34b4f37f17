using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// The path as the client sent it. <see cref="HttpRequest.Path"/> has been decoded and freed of dot segments, but keeps <c>%2F</c>:
/// afterwards it can't be told from <c>%252F</c>.
/// </summary>
internal static class RawPath
{
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
