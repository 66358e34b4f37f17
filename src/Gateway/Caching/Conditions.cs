using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Caching;

/// <summary>What a client has already (RFC 9110 §13). It is the gateway's to answer: a 304 from the upstream would help nobody else.</summary>
internal readonly record struct Conditions(StringValues NoneMatch, StringValues ModifiedSince)
{
    public static Conditions Of(HttpRequest request) => new(request.Headers.IfNoneMatch, request.Headers.IfModifiedSince);

    public static void TakeFrom(HttpRequest request)
    {
        request.Headers.Remove(HeaderNames.IfNoneMatch);
        request.Headers.Remove(HeaderNames.IfModifiedSince);
    }

    public bool AreMetBy(StoredAnswer answer)
    {
        if (NoneMatch.Count > 0)
        {
            return NoneMatch is ["*"]
                || (answer.ETag is { } tag && EntityTagHeaderValue.TryParseList(NoneMatch, out var known) && known.Any(k => k.Compare(tag, useStrongComparison: false)));
        }

        return answer.LastModified is { } modified && HeaderUtilities.TryParseDate(ModifiedSince.ToString(), out var since) && modified <= since;
    }
}
