using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// Which request an answer answers, in 16 bytes: what a stranger sends, however long, takes no more memory than that. Not
/// string.GetHashCode: who finds two requests with the same key can give others an answer of his choice.
/// </summary>
internal static class CacheKey
{
    private const int UsualLength = 1024;
    private const int MostKept = 16 * 1024;

    [ThreadStatic]
    private static StringBuilder? _text;

    /// <summary>By all that is known before an answer.</summary>
    public static UInt128 Of(Question question)
    {
        var (context, plan) = question;
        var request = context.Request;
        var text = Begin()
            .Append(plan.Scope).Append('\n')
            .Append(request.Scheme).Append('\n')
            .Append(request.Host.Value).Append('\n')
            .Append(RawPath.Of(context)).Append('\n');
        AppendQuery(text, plan, request.QueryString);
        Append(text, plan.Headers, request.Headers);
        text.Append('\n').Append(plan.Options.VaryByCaller ? Caller.Describe(context) : question.WithCredentials ? "+" : "-");
        return Hash(text);
    }

    /// <summary>The same where the upstream has named further headers.</summary>
    public static UInt128 With(UInt128 key, IReadOnlyList<string> names, IHeaderDictionary headers)
    {
        if (names.Count == 0)
        {
            return key;
        }

        var text = Begin().Append(key.ToString("x", null));
        Append(text, names, headers);
        return Hash(text);
    }

    /// <summary>Of the answers that serve only HEAD.</summary>
    public static UInt128 OfHead(UInt128 key) => Hash(Begin().Append(key.ToString("x", null)).Append("\nHEAD"));

    /// <summary>
    /// What was asked for, whoever asks, by whatever method and however it is spelled: what a write to it makes untrue. Rather too much than too little,
    /// so that it is neither the host's nor the query's or the version's.
    /// </summary>
    public static UInt128 OfTarget(HttpRequest request) => Hash(Begin().Append(request.Path.Value?.TrimEnd('/').ToUpperInvariant()));

    // A name as it was written, so that no upstream takes one request for two, and each that may mean the parameter to one that is less strict. Values
    // as they were written too: two that can't be decoded aren't the same.
    private static void AppendQuery(StringBuilder text, OutputCachePlan plan, QueryString query)
    {
        if (query.Value is not { Length: > 1 } all)
        {
            return;
        }

        if (plan.Query is not { } names)
        {
            text.Append(all);
            return;
        }

        foreach (var name in names)
        {
            foreach (var parameter in new QueryStringEnumerable(all))
            {
                var written = parameter.DecodeName();
                if (written.Span.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    text.Append(Uri.EscapeDataString(written.Span)).Append('=').Append(parameter.EncodedValue).Append('&');
                }
            }
        }
    }

    // No header has a line break in it.
    private static void Append(StringBuilder text, IReadOnlyList<string> names, IHeaderDictionary headers)
    {
        foreach (var name in names)
        {
            text.Append('\n').Append(name).Append(':').Append(headers[name].ToString());
        }
    }

    /// <summary>A text to hash, of this thread: it has to be hashed before the next one begins.</summary>
    public static StringBuilder Begin() => _text is { Capacity: <= MostKept } text ? text.Clear() : _text = new StringBuilder(UsualLength);

    /// <summary>The same for whatever else may be long and must not be mistaken for another.</summary>
    public static UInt128 Hash(StringBuilder text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var chunks = text.GetChunks();
        ReadOnlySpan<char> whole = chunks.MoveNext() && chunks.Current.Length == text.Length ? chunks.Current.Span : text.ToString();
        SHA256.HashData(MemoryMarshal.AsBytes(whole), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
