using System.Globalization;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Single values that YARP takes without a look and with which every call would fail. Each is told at its own place; what has no value there
/// is fine.
/// </summary>
internal static class ValueRules
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);   // .NET's timers end at 49

    private const string OfTokens = $"letters, digits and {HeaderSyntax.Punctuation} can be in one";

    public static void CheckDuration(TimeSpan? duration, string key, SettingsNode? node, ProblemList problems)
    {
        if (duration < Shortest || duration > Longest)
        {
            problems.Add(new ConfigurationProblem(node!.Place, $"{duration} is out of range") { Allowed = $"{key} goes from 00:00:00.001 to {Longest}" });
        }
    }

    public static void CheckPath(SettingsNode? node, ProblemList problems)
    {
        if (node?.Value is not { } path)
        {
            return;
        }

        if (path.AsSpan().ContainsAny('?', '#'))
        {
            problems.Error(node, $"'{path}' has a query or fragment; here is place for a path alone.");
        }
        else if (!path.StartsWith('/'))
        {
            problems.Add(new ConfigurationProblem(node.Place, $"'{path}' doesn't begin with '/'") { Suggestion = $"/{path}" });
        }
    }

    public static void CheckHost(SettingsNode? node, ProblemList problems)
    {
        if (node?.Value is { } host && !HeaderSyntax.IsHost(host))
        {
            problems.Error(node, $"'{host}' is no host; a host and perhaps a port can stand here, like example.com or example.com:8080.");
        }
    }

    /// <summary>The name of a header, or of whatever else <paramref name="kind"/> says.</summary>
    public static bool CheckName(SettingsNode? node, ProblemList problems, string kind = "header name")
    {
        if (node?.Value is not { } name || HeaderSyntax.IsToken(name))
        {
            return true;
        }

        problems.Add(new ConfigurationProblem(node.Place, $"'{name}' is no {kind}") { Allowed = OfTokens });
        return false;
    }

    public static void CheckNames(SettingsNode? node, ProblemList problems)
    {
        var names = (node?.Value ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names.Where(name => !HeaderSyntax.IsToken(name)))
        {
            problems.Add(new ConfigurationProblem(node!.Place, $"'{name}' is no header name") { Allowed = $"{OfTokens}, and semicolons go between several" });
        }
    }

    public static void CheckHeaderValue(SettingsNode? node, ProblemList problems)
    {
        if (node?.Value is { } value && value.Any(c => !HeaderSyntax.CanCarry(c)))
        {
            var culprit = ((int)value.First(c => !HeaderSyntax.CanCarry(c))).ToString("X4", CultureInfo.InvariantCulture);
            problems.Error(node, $"a header can't carry the character U+{culprit}; tabs and the printable characters of Latin-1 can be in one.");
        }
    }
}
