using System.IO.Compression;
using System.Net.Http.Headers;

namespace EventGateway.Aggregator;

/// <summary>How a body is encoded: only what its headers may say and we can decode.</summary>
internal sealed class BodyCoding
{
    public static readonly BodyCoding Identity = new(static body => body);
    private static readonly BodyCoding Gzip = new(static body => new GZipStream(body, CompressionMode.Decompress));
    private static readonly BodyCoding Brotli = new(static body => new BrotliStream(body, CompressionMode.Decompress));

    private readonly Func<Stream, Stream> _decoder;

    private BodyCoding(Func<Stream, Stream> decoder) => _decoder = decoder;

    public static bool TryRead(HttpContentHeaders headers, out BodyCoding coding)
    {
        coding = Identity;
        if (SaysNothing(headers.NonValidated))
        {
            return true;   // without .NET's parsers, which would take 0.1 kB to say the same
        }

        foreach (var name in headers.ContentEncoding)
        {
            var next = name.ToLowerInvariant() switch
            {
                "identity" => Identity,
                "gzip" or "x-gzip" => Gzip,
                "br" => Brotli,
                _ => null,
            };

            // One coding on top of another is legal, but nobody sends it to a client that didn't ask.
            if (next is null || (next != Identity && coding != Identity))
            {
                return false;
            }

            coding = next == Identity ? coding : next;
        }

        return IsUtf8(headers.ContentType?.CharSet);
    }

    public Stream Decode(Stream body) => _decoder(body);

    private static bool SaysNothing(HttpHeadersNonValidated headers) =>
        !headers.Contains("Content-Encoding")
        && (!headers.TryGetValues("Content-Type", out var types) || !types.ToString().Contains("charset", StringComparison.OrdinalIgnoreCase));

    // US-ASCII is a part of UTF-8, and what some frameworks call their JSON.
    private static bool IsUtf8(string? charset) =>
        charset?.Trim('"').ToLowerInvariant() is null or "utf-8" or "utf8" or "us-ascii";
}
