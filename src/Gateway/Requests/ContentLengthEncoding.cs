using System.Text;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Reads the Content-Length header as the digits that it has to consist of (RFC 9110 §8.6). Kestrel would also take <c>+5</c>, <c>-0</c> and
/// characters that only it passes over for a length, which another server reads otherwise; and it breaks off without an answer where there are more
/// characters than a length can have.
/// </summary>
internal sealed class ContentLengthEncoding : Encoding
{
    /// <summary>What Kestrel answers with 400.</summary>
    internal const string NoLength = "-1";

    private const int LongestLength = 19;   // 9223372036854775807

    public static ContentLengthEncoding Instance { get; } = new();

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (bytes.IsEmpty || bytes.Length > LongestLength || bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            NoLength.CopyTo(chars);
            return NoLength.Length;
        }

        return Latin1.GetChars(bytes, chars);
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count)
    {
        Span<char> chars = stackalloc char[LongestLength];
        return GetChars(bytes.AsSpan(index, count), chars);
    }

    public override int GetMaxCharCount(int byteCount) => LongestLength;

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => Latin1.GetMaxByteCount(charCount);
}
