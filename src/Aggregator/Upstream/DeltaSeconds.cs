using System.Globalization;
using System.Text;

namespace EventGateway.Aggregator;

/// <summary>Seconds as caching headers have them (RFC 9111 §1.2.2): more than 2^31 are 2^31, where .NET's parsers refuse the whole header.</summary>
public static class DeltaSeconds
{
    private const string Most = "2147483647";   // the most that they take

    /// <summary>The number of an <c>Age</c>; <see langword="null"/> where it is none.</summary>
    public static TimeSpan? Parse(string? text)
    {
        var digits = text.AsSpan().Trim();
        return digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9') ? null : TimeSpan.FromSeconds(int.Parse(Clamp(digits), CultureInfo.InvariantCulture));
    }

    /// <summary>A <c>Cache-Control</c> whose numbers can all be read.</summary>
    public static string Clamp(string cacheControl)
    {
        if (!IsLong(cacheControl))
        {
            return cacheControl;
        }

        var clamped = new StringBuilder(cacheControl.Length);
        var rest = cacheControl.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? rest[..end] : rest;
            clamped.Append(Clamp(digits));
            rest = rest[digits.Length..];
            var others = rest.IndexOfAnyInRange('0', '9') is var next and >= 0 ? rest[..next] : rest;
            clamped.Append(others);
            rest = rest[others.Length..];
        }

        return clamped.ToString();
    }

    private static ReadOnlySpan<char> Clamp(ReadOnlySpan<char> digits) =>
        digits.Length >= Most.Length && !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? Most : digits;

    // Hardly ever: a number as long as the largest.
    private static bool IsLong(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var c in text)
        {
            digits = char.IsAsciiDigit(c) ? digits + 1 : 0;
            if (digits == Most.Length)
            {
                return true;
            }
        }

        return false;
    }
}
