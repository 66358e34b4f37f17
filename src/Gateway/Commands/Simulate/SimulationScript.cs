using System.Globalization;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Simulate;

/// <summary>
/// The language of <c>simulate</c>, a line for each step: <c>ok</c>, <c>fail 2s x3</c>, <c>timeout 30s</c>, <c>wait 12s</c>. What follows
/// a <c>#</c> is a comment.
/// </summary>
internal static class SimulationScript
{
    /// <summary>More characters are no script that a person wrote.</summary>
    public const int MostCharacters = 1024 * 1024;

    private const int MostCalls = 100_000;
    private const string Grammar = "ok, fail or timeout, with a duration and x COUNT if need be (fail 2s x3); or wait and a duration (wait 12s)";

    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>The steps; those that are wrong are left out and named in <paramref name="problems"/>, each as <c>file:line: message</c>.</summary>
    public static IReadOnlyList<SimulationStep> Parse(string name, string text, ICollection<string> problems)
    {
        var steps = new List<SimulationStep>();
        var calls = 0L;
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var words = line.ToString().Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            if (ParseStep(number, words, out var problem) is not { } step)
            {
                problems.Add($"{name}:{number}: {problem}");
                continue;
            }

            calls += step.Verb == SimulationVerb.Wait ? 0 : step.Count;
            if (calls > MostCalls)
            {
                problems.Add($"{name}:{number}: with this line there are more than {MostCalls.ToText()} calls, the most that a script may have.");
                break;
            }

            steps.Add(step);
        }

        if (steps.Count == 0 && problems.Count == 0)
        {
            problems.Add($"{name}: there is no step. A step is {Grammar}.");
        }

        return steps;
    }

    private static SimulationStep? ParseStep(int line, string[] words, out string problem)
    {
        // An enumeration would also be read from numbers and from lists.
        if (!words[0].All(char.IsAsciiLetter) || !Enum.TryParse<SimulationVerb>(words[0], ignoreCase: true, out var verb))
        {
            problem = $"'{words[0]}' is no step. A step is {Grammar}.";
            return null;
        }

        TimeSpan? duration = null;
        int? count = null;
        foreach (var word in words.Skip(1))
        {
            if (verb != SimulationVerb.Wait && count is null && word is ['x' or 'X', .. var digits])
            {
                if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value is < 1 or > MostCalls)
                {
                    problem = $"'{word}' is no count: x1 to x{MostCalls}.";
                    return null;
                }

                count = (int)value;
            }
            else if (duration is null && char.IsAsciiDigit(word[0]))
            {
                if (ParseDuration(word) is not { } value || value > Longest)
                {
                    problem = $"'{word}' is no duration: a number and ms, s or m, as in 800ms, at most {Longest.ToText()}.";
                    return null;
                }

                duration = value;
            }
            else
            {
                problem = $"'{word}' can't follow here. A step is {Grammar}.";
                return null;
            }
        }

        if (verb == SimulationVerb.Wait && duration is null)
        {
            problem = "how long? As in: wait 12s";
            return null;
        }

        problem = "";
        return new SimulationStep(line, string.Join(' ', words), verb, duration ?? TimeSpan.Zero, count ?? 1);
    }

    private static TimeSpan? ParseDuration(string word)
    {
        var number = word.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        var ticks = word[number..] switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            _ => 0,
        };
        return ticks > 0
            && decimal.TryParse(word.AsSpan(0, number), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value < long.MaxValue / ticks
            ? TimeSpan.FromTicks((long)(value * ticks))
            : null;
    }
}
