using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>When an upstream asks to be left alone until, as delta-seconds or as a date (RFC 9110 §10.2.3).</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Null where the answer asks for nothing, or for something that is over.</summary>
    public static TimeSpan? Of(HttpResponseMessage answer, TimeProvider time) =>
        answer.Headers.NonValidated.TryGetValues(HeaderNames.RetryAfter, out var values) ? Of(values.ToString(), time) : null;

    /// <summary>The same of the header's text.</summary>
    public static TimeSpan? Of(string text, TimeProvider time)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            // More digits than a number holds are still a long time.
            var fits = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
            return fits && seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
        }

        return HeaderUtilities.TryParseDate(text, out var date) && date - time.GetUtcNow() is { Ticks: > 0 } wait ? wait : null;
    }
}
