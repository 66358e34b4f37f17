using System.Globalization;
using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Configuration;

/// <summary>A duration as the file spells it. The framework would take 30 for days and 00:30 for half an hour, where seconds were meant.</summary>
internal static partial class DurationText
{
    /// <summary>In words that JSON Schema shares with .NET, so that editors judge as the gateway does.</summary>
    public const string Pattern = "^([0-9]{1,7}\\.)?([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,7})?$";

    /// <summary>A negative duration is well written too: the key's range says why it can't be.</summary>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static TimeSpan Parse(string text) =>
        Form().IsMatch(text.StartsWith('-') ? text[1..] : text) ? TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture) : throw new FormatException();

    [GeneratedRegex(Pattern)]
    private static partial Regex Form();
}
