using dotenv.net;

namespace EventGateway.Gateway.Configuration;

/// <summary>Reads a <c>.env</c> file, which need not be there.</summary>
internal static class EnvironmentFile
{
    public static IReadOnlyDictionary<string, string> Read(string file, ProblemList problems)
    {
        var name = Path.GetFileName(file);
        try
        {
            if (!File.Exists(file))
            {
                return new Dictionary<string, string>();
            }

            WarnOfIgnoredLines(name, File.ReadAllLines(file), problems);
            return new Dictionary<string, string>(DotEnv.Read(new DotEnvOptions(envFilePaths: [file], ignoreExceptions: false, supportExportSyntax: true)));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or IOException or UnauthorizedAccessException)
        {
            problems.Error(SettingsOrigin.InFile(name), e.Message);
            return new Dictionary<string, string>();
        }
    }

    // The library passes over lines that it can't read, in silence. Quoted values may go over several lines, which are then not to be told apart.
    private static void WarnOfIgnoredLines(string name, string[] lines, ProblemList problems)
    {
        for (var i = 0; i < lines.Length && !lines[i].Contains('"', StringComparison.Ordinal); i++)
        {
            var line = lines[i].Trim();
            if (line.Length > 0 && line[0] != '#' && !line.Contains('=', StringComparison.Ordinal))
            {
                problems.Warn(SettingsOrigin.InFile(name, i + 1), $"'{line}' has no effect: a line is NAME=value.");
            }
        }
    }
}
