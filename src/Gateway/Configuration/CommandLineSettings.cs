namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Settings on the command line, in the framework's forms: <c>--Section:Key=value</c>, <c>--Section:Key value</c>, <c>Section:Key=value</c>.
/// </summary>
internal static class CommandLineSettings
{
    /// <summary>Returns null, and what is wrong, when a token names no setting.</summary>
    public static IReadOnlyDictionary<string, string>? Parse(IReadOnlyList<string> tokens, out string problem)
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
                problem = $"{tokens[i]}: there is no such option or setting.";
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
}
