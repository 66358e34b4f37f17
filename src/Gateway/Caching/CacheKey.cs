using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// Which request an answer answers, in 16 bytes: what a stranger sends, however long, takes no more memory than that. Not
/// string.GetHashCode: who finds two requests with the same key can give others an answer of his choice.
/// </summary>
internal static class CacheKey
{
    /// <param name="context">The request.</param>
    /// <param name="plan">What makes another answer.</param>
    /// <param name="withCredentials">Whether its answer, unless it is public, is for its caller alone.</param>
    public static UInt128 Of(HttpContext context, OutputCachePlan plan, bool withCredentials)
    {
        var request = context.Request;
        var text = new StringBuilder(256)
            .Append(plan.Scope).Append('\n')
            .Append(request.Scheme).Append('\n')
            .Append(request.Host.Value).Append('\n')
            .Append(RawPath.Of(context)).Append('\n');
        if (plan.Query is { } names)
        {
            foreach (var name in names)
            {
                foreach (var value in request.Query[name])
                {
                    text.Append(name).Append('=').Append(Uri.EscapeDataString(value ?? "")).Append('&');
                }
            }
        }
        else
        {
            text.Append(request.QueryString.Value);
        }

        Append(text, plan.Headers, request.Headers);
        text.Append('\n').Append(plan.Options.VaryByCaller ? Caller.Describe(context) : withCredentials ? "+" : "-");
        return Hash(text);
    }

    /// <summary>The same where the upstream has named further headers.</summary>
    public static UInt128 With(UInt128 key, IReadOnlyList<string> names, IHeaderDictionary headers)
    {
        var text = new StringBuilder(64).Append(key.ToString("x", null));
        Append(text, names, headers);
        return Hash(text);
    }

    // No header has a line break in it.
    private static void Append(StringBuilder text, IReadOnlyList<string> names, IHeaderDictionary headers)
    {
        foreach (var name in names)
        {
            text.Append('\n').Append(name).Append(':').Append(headers[name].ToString());
        }
    }

    /// <summary>The same for whatever else may be long and must not be mistaken for another.</summary>
    public static UInt128 Hash(StringBuilder text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.ToString().AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
