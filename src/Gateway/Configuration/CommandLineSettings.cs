namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Settings on the command line, in the framework's forms: <c>--Section:Key=value</c>, <c>--Section:Key value</c>, <c>Section:Key=value</c>.
/// </summary>
internal static class CommandLineSettings
{
    /// <summary>Returns null, and what is wrong, when a token names no setting; perhaps one of <paramref name="commands"/> was meant.</summary>
    public static IReadOnlyDictionary<string, string>? Parse(IReadOnlyList<string> tokens, out string problem, params IEnumerable<string> commands)
    {
        problem = "";
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i].StartsWith("--", StringComparison.Ordinal) ? tokens[i][2..] : tokens[i];
            var equals = token.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? token : token[..equals];
            if (!EnvironmentVariables.IsSetting(key))
            {
                problem = Unknown(tokens[i], key, commands);
                return null;
            }

            if (equals < 0 && i + 1 == tokens.Count)
            {
                problem = $"{tokens[i]}: its value is missing.";
                return null;
            }

            settings[key] = equals < 0 ? tokens[++i] : token[(equals + 1)..];
        }

        return settings;
    }

    /// <summary>Tells settings, and their values, from whatever else is on the command line.</summary>
    public static (IReadOnlyList<string> Settings, IReadOnlyList<string> Others) Split(IReadOnlyList<string> tokens)
    {
        var settings = new List<string>();
        var others = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var isOption = tokens[i].StartsWith("--", StringComparison.Ordinal);
            var hasValue = tokens[i].Contains('=', StringComparison.Ordinal);
            (isOption || hasValue ? settings : others).Add(tokens[i]);
            if (isOption && !hasValue && i + 1 < tokens.Count)
            {
                settings.Add(tokens[++i]);
            }
        }

        return (settings, others);
    }

    private static string Unknown(string token, string key, IEnumerable<string> commands)
    {
        var names = commands.ToList();
        var maybeCommand = names.Count > 0 && token == key && !token.Contains('=', StringComparison.Ordinal);
        var known = maybeCommand ? names : typeof(GatewayOptions).GetProperties().Select(p => p.Name);
        var meant = Spelling.Nearest(key.Split(':', '_')[0], known);
        return $"{token}: there is no such {(maybeCommand ? "command" : "option")} or setting{(meant is null ? "." : $"; did you mean '{meant}'?")}";
    }
}
