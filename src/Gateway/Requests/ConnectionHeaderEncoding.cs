using System.Text;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Reads the Connection header so that the names of other headers in it survive. Kestrel puts a constant in its place as soon as exactly one
/// of its options <c>close</c>, <c>keep-alive</c> and <c>Upgrade</c> is in it, and a proxy could no longer see which headers it must not pass
/// on (RFC 9110 §7.6.1). A second option that changes nothing keeps Kestrel from it.
/// </summary>
internal sealed class ConnectionHeaderEncoding : Encoding
{
    private const string KeepAlive = "keep-alive";

    public static ConnectionHeaderEncoding Instance { get; } = new();

    /// <summary>The value as Kestrel shall see it.</summary>
    internal static string Protect(string value)
    {
        if (!value.Contains(',', StringComparison.Ordinal))
        {
            return value;
        }

        var tokens = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();
        if (tokens.TrueForAll(IsOption))
        {
            return value;
        }

        // HTTP/1.1 keeps alive unasked. Beside close it is without effect, and beside Upgrade it is usual.
        tokens.RemoveAll(token => token.Equals(KeepAlive, StringComparison.OrdinalIgnoreCase));
        if (tokens.Exists(IsOption))
        {
            tokens.Add(KeepAlive);
        }

        return string.Join(", ", tokens);
    }

    public override int GetCharCount(byte[] bytes, int index, int count) => Protect(Latin1.GetString(bytes, index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        var text = Protect(Latin1.GetString(bytes, byteIndex, byteCount));
        text.CopyTo(0, chars, charIndex, text.Length);
        return text.Length;
    }

    public override int GetMaxCharCount(int byteCount) => byteCount + KeepAlive.Length + ", ".Length;

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => Latin1.GetMaxByteCount(charCount);

    private static bool IsOption(string token) =>
        token.Equals("close", StringComparison.OrdinalIgnoreCase)
        || token.Equals(KeepAlive, StringComparison.OrdinalIgnoreCase)
        || token.Equals("Upgrade", StringComparison.OrdinalIgnoreCase);
}
