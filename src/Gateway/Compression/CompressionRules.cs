using EventGateway.Gateway.Access;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Compression;

/// <summary>
/// Which answers are compressed, and how, in the place of what the framework would choose. Where a
/// secret may be in the answer nothing is: its length would tell of the secret to who can have texts of his own put beside it (BREACH).
/// </summary>
internal sealed class CompressionRules(IServiceProvider services, IOptions<ResponseCompressionOptions> options) : ResponseCompressionProvider(services, options)
{
    // Below this it saves no packet.
    private const int Smallest = 1024;

    // Where a client takes both alike, the first.
    private readonly ICompressionProvider[] _codings =
        [new BrotliCompressionProvider(new BrotliCompressionProviderOptions()), new GzipCompressionProvider(new GzipCompressionProviderOptions())];

    // These are about the bytes as the upstream sent them.
    private static readonly string[] Digests = ["Content-Digest", "Repr-Digest", "Digest", "Content-MD5", "Signature"];

    /// <summary>Whether the client says who it is: then the answer may be for it alone.</summary>
    public static bool MayAskForSecrets(HttpContext context, EndpointPolicies policies) => Caller.ShowsCredentials(context) || policies.Authorization is not null;

    /// <summary>Whether this answer would be compressed for a client that accepts it.</summary>
    public static bool Allow(HttpResponse response) =>
        response.StatusCode is >= 200 and not (204 or 205 or 206 or 304) && IsPlainAndForAll(response) && IsText(response.ContentType);

    /// <summary>
    /// The same of the answer that a 304 stands for, as far as anybody can know: such an answer seldom tells the type. Whoever names a weak form of the
    /// tag was told so by a compressed answer.
    /// </summary>
    public static bool AllowedBefore(HttpRequest request, HttpResponse response) =>
        IsPlainAndForAll(response) && (response.ContentType is { } type ? IsText(type) : HasCompressed(request, response));

    /// <summary>Whether the client has what a 304 is about in its compressed form.</summary>
    public static bool HasCompressed(HttpRequest request, HttpResponse response) =>
        response is { StatusCode: StatusCodes.Status304NotModified, Headers.ETag: [{ } tag] } && tag.StartsWith('"')
        && request.GetTypedHeaders().IfNoneMatch.Any(known => known.IsWeak && known.Tag == tag);

    private static bool IsPlainAndForAll(HttpResponse response)
    {
        var headers = response.Headers;
        return headers.ContentEncoding.Count == 0 && headers.ContentRange.Count == 0 && headers.SetCookie.Count == 0
            && !(response.ContentLength < Smallest)
            && !Says(headers.CacheControl, "private", "no-store", "no-transform")
            && !Array.Exists(Digests, headers.ContainsKey);
    }

    // To the framework "*" is every coding, also one that the client takes out: "*, br;q=0".
    public override ICompressionProvider? GetCompressionProvider(HttpContext context)
    {
        var accepted = context.Request.GetTypedHeaders().AcceptEncoding;
        var best = _codings.MaxBy(coding => WeightOf(coding.EncodingName) ?? WeightOf("*") ?? 0)!;   // of equals the first
        var weight = WeightOf(best.EncodingName) ?? WeightOf("*") ?? 0;
        return weight > 0 && !(WeightOf("identity") > weight) ? best : null;

        double? WeightOf(string name) =>
            accepted.FirstOrDefault(coding => coding.Value.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } coding ? coding.Quality ?? 1 : null;
    }

    public override bool ShouldCompressResponse(HttpContext context)
    {
        var isAllowed = Allow(context.Response);
        if (isAllowed)
        {
            context.Features.Set(Chosen.Instance);
        }

        return isAllowed;
    }

    /// <summary>Whether the framework was told to compress this answer.</summary>
    public static bool WasChosen(HttpContext context) => context.Features.Get<Chosen>() is not null;

    private static bool IsText(string? contentType)
    {
        var type = contentType.AsSpan();
        type = (type.IndexOf(';') is var end and >= 0 ? type[..end] : type).Trim();
        return Ends(type, "+json") || Ends(type, "+xml") || Is(type, "application/json") || Is(type, "application/xml") || Is(type, "application/javascript")
            || (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !Is(type, "text/event-stream"));

        static bool Is(ReadOnlySpan<char> type, string name) => type.Equals(name, StringComparison.OrdinalIgnoreCase);
        static bool Ends(ReadOnlySpan<char> type, string suffix) => type.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
    }

    // A directive may have an argument, as private="name" has. What a quoted one contains is taken for a directive as well, on the safe side.
    private static bool Says(StringValues cacheControl, params ReadOnlySpan<string> directives)
    {
        foreach (var value in cacheControl)
        {
            foreach (var part in value.AsSpan().Split(','))
            {
                var directive = value.AsSpan()[part];
                directive = (directive.IndexOf('=') is var equals and >= 0 ? directive[..equals] : directive).Trim();
                foreach (var name in directives)
                {
                    if (directive.Equals(name, StringComparison.OrdinalIgnoreCase))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private sealed class Chosen
    {
        public static Chosen Instance { get; } = new();
    }
}
