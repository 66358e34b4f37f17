using dotenv.net;

namespace EventGateway.Gateway.Configuration;

/// <summary>Understands a <c>.env</c> file, which need not be there.</summary>
internal static class EnvironmentFile
{
    /// <summary>The file's text, or null where there is none: a directory of that name is somebody else's.</summary>
    public static byte[]? ReadText(string file) => File.Exists(file) ? File.ReadAllBytes(file) : null;

    public static VariableLayer Parse(string file, byte[]? text, ProblemList problems)
    {
        var name = Path.GetFileName(file);
        var lines = ToLines(text ?? []);
        WarnOfIgnoredLines(name, lines, problems);
        return new VariableLayer(ReadVariables(name, text ?? [], problems), variable => SettingsOrigin.OfVariableIn(name, LineOf(variable, lines), variable));
    }

    private static Dictionary<string, string> ReadVariables(string name, byte[] text, ProblemList problems)
    {
        using var stream = new MemoryStream(text);
        try
        {
            return new Dictionary<string, string>(
                DotEnv.Read(new DotEnvOptions(ignoreExceptions: false, supportExportSyntax: true).WithEnvStreams(stream)), StringComparer.Ordinal);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            problems.Error(SettingsOrigin.InFile(name), e.Message);
            return [];
        }
    }

    private static string[] ToLines(byte[] text)
    {
        using var reader = new StreamReader(new MemoryStream(text));
        return reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
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

    // The library doesn't say. Of several lines one may lie within a quoted value: rather none than a wrong one.
    private static int? LineOf(string variable, string[] lines)
    {
        var at = lines.Index().Where(line => NameOn(line.Item) == variable).ToList();
        return at.Count == 1 ? at[0].Index + 1 : null;
    }

    private static string NameOn(string line)
    {
        const string Export = "export ";
        var name = line.Split('=')[0].Trim();
        return name.StartsWith(Export, StringComparison.Ordinal) ? name[Export.Length..].TrimStart() : name;
    }
}
