using System.Buffers;
using System.Text;

namespace EventGateway.Gateway.Proxying;

/// <summary>What the headers of a message can consist of (RFC 9110 §5.1, §5.5 and §7.2).</summary>
internal static class HeaderSyntax
{
    /// <summary>What a name can have besides letters and digits.</summary>
    public const string Punctuation = "!#$%&'*+-.^_`|~";

    private const string OfTokens = $"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789{Punctuation}";

    private static readonly SearchValues<char> Characters = SearchValues.Create(OfTokens);
    private static readonly SearchValues<byte> Bytes = SearchValues.Create(Encoding.ASCII.GetBytes(OfTokens));

    /// <summary>The characters of names that many servers take for a hyphen.</summary>
    public static SearchValues<char> OtherPunctuation { get; } = SearchValues.Create(Punctuation.Replace("-", "", StringComparison.Ordinal));

    /// <summary>Whether the text can be the name of a header or cookie.</summary>
    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Characters);

    /// <summary>The same of bytes as they came.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => text.Length > 0 && !text.ContainsAnyExcept(Bytes);

    /// <summary>Whether a header's value can have the character: all headers leave the gateway as Latin-1.</summary>
    public static bool CanCarry(char c) => c == '\t' || (c <= '\xff' && !char.IsControl(c));

    /// <summary>Whether the text is a host and perhaps a port.</summary>
    public static bool IsHost(string text) =>
        text.All(c => char.IsAscii(c) && !IsDelimiter(c)) && Uri.TryCreate($"{Uri.UriSchemeHttp}://{text}", UriKind.Absolute, out _);

    /// <summary>Whether the character ends a host wherever one stands.</summary>
    public static bool IsDelimiter(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || "/?#@\\".Contains(c, StringComparison.Ordinal);
}
