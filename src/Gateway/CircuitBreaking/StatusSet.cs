using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>A set of HTTP statuses, written as <c>429, 500-599</c>.</summary>
public sealed class StatusSet
{
    private const int Lowest = 100;
    private const int Highest = 599;

    private readonly bool[] _members = new bool[Highest + 1];
    private readonly string _text;

    private StatusSet(string text) => _text = text;

    /// <summary>500–599: the server says that it is its own fault (RFC 9110 §15.6).</summary>
    public static StatusSet ServerErrors { get; } = TryParse("500-599", out var set) ? set : throw new InvalidOperationException();

    public bool Contains(int status) => (uint)status < (uint)_members.Length && _members[status];

    public static bool TryParse(string text, [NotNullWhen(true)] out StatusSet? set)
    {
        set = null;
        var result = new StatusSet(text);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var bounds = part.Split('-', StringSplitOptions.TrimEntries);
            if (bounds.Length > 2 || !TryParseStatus(bounds[0], out var from) || !TryParseStatus(bounds[^1], out var to) || from > to)
            {
                return false;
            }

            result._members.AsSpan(from, to - from + 1).Fill(true);
        }

        set = result;
        return true;
    }

    public override string ToString() => _text;

    private static bool TryParseStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= Lowest and <= Highest;
}
