using System.Globalization;
using System.Text;

namespace EventGateway.Gateway.Http1;

/// <summary>What an answer says of where its body ends (RFC 9112 §6.3).</summary>
internal struct AnswerLength
{
    /// <summary>That of an answer without a body.</summary>
    public static readonly AnswerLength None = new() { Bytes = 0 };

    private bool _isContradictory;

    /// <summary>Bytes of the body; <see langword="null"/> where only its end tells.</summary>
    public long? Bytes { get; private set; }

    public bool IsChunked { get; private set; }

    /// <summary>Whether the body ends before the connection does.</summary>
    public readonly bool HasEnd => Bytes is not null || IsChunked;

    /// <summary>Whether it says one thing only, and one that we understand: who reads it in another way than somebody else takes another answer for it.</summary>
    public readonly bool IsSound => !_isContradictory && !(IsChunked && Bytes is not null);

    /// <summary>A <c>Content-Length</c>. The same number may be said more than once.</summary>
    public void AddLength(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            _isContradictory |= !long.TryParse(value[range].Trim(" \t"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || (Bytes ?? bytes) != bytes;
            Bytes = bytes;
        }
    }

    /// <summary>A <c>Transfer-Encoding</c>.</summary>
    public void AddCoding(ReadOnlySpan<byte> value)
    {
        _isContradictory |= IsChunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8);
        IsChunked = true;
    }
}
