using System.Security.Cryptography;
using dotenv.net;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Where configuration comes from, lowest precedence first: the file, <paramref name="Defaults"/> of the program that embeds
/// the gateway, <c>.env</c>, the process environment, the command line. All of them apply again at each reload.
/// </summary>
public sealed record ConfigurationSource(
    string File,
    string DotEnvFile,
    IReadOnlyDictionary<string, string> Defaults,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<string, string> CommandLine)
{
    private const string FileName = "appsettings.json";

    /// <summary>Finds the file: <paramref name="file"/>, else <c>GATEWAY_CONFIG</c>, else the working directory's, else the one beside the binary.</summary>
    public static ConfigurationSource Find(
        string? file, IReadOnlyDictionary<string, string> commandLine, IReadOnlyDictionary<string, string>? defaults = null)
    {
        var source = new ConfigurationSource(
            "", Path.Combine(Directory.GetCurrentDirectory(), ".env"), defaults ?? new Dictionary<string, string>(), ReadProcessEnvironment(), commandLine);
        var named = file ?? source.Find("GATEWAY_CONFIG");
        if (string.IsNullOrEmpty(named))
        {
            named = System.IO.File.Exists(FileName) ? FileName : Path.Combine(AppContext.BaseDirectory, FileName);
        }

        return source with { File = Path.GetFullPath(named) };
    }

    /// <summary>A variable of the process environment or, where that has none, of <c>.env</c>.</summary>
    public string? Find(string variable) =>
        Environment.GetValueOrDefault(variable) is { Length: > 0 } value ? value : ReadDotEnv(DotEnvFile).GetValueOrDefault(variable);

    /// <summary>Reads and compiles all layers. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when the file can't be read.</summary>
    public LoadedConfiguration Load() => Load(System.IO.File.ReadAllBytes(File));

    public LoadedConfiguration Load(byte[] text)
    {
        var problems = new ProblemList();
        var root = SettingsFile.Parse(Path.GetFileName(File), text, problems);
        if (root is null)
        {
            return new LoadedConfiguration(null, problems.All);
        }

        WarnOfDotEnv(problems);
        EnvironmentVariables.Apply(root, Defaults, problems);
        EnvironmentVariables.Apply(root, ReadDotEnv(DotEnvFile), problems);
        EnvironmentVariables.Apply(root, Environment, problems);
        EnvironmentVariables.Apply(root, CommandLine, problems);
        var plan = GatewayPlan.Compile(root, HashOf(text), problems);
        return new LoadedConfiguration(plan, problems.All);
    }

    /// <summary>Tells files with different text apart.</summary>
    public static string HashOf(ReadOnlySpan<byte> text) => Convert.ToHexStringLower(SHA256.HashData(text))[..12];

    // The library passes over lines that it can't read.
    private void WarnOfDotEnv(ProblemList problems)
    {
        var lines = System.IO.File.Exists(DotEnvFile) ? System.IO.File.ReadAllLines(DotEnvFile) : [];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length > 0 && line[0] != '#' && !line.Contains('=', StringComparison.Ordinal))
            {
                problems.Warn($"{Path.GetFileName(DotEnvFile)}:{i + 1}", $"'{line}' has no effect: a line is NAME=value.");
            }
        }
    }

    private static Dictionary<string, string> ReadDotEnv(string file) =>
        System.IO.File.Exists(file)
            ? new Dictionary<string, string>(DotEnv.Read(new DotEnvOptions(envFilePaths: [file], ignoreExceptions: false)))
            : [];

    private static Dictionary<string, string> ReadProcessEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}

/// <summary>What a reading of all layers gave: a plan, unless there are errors among the problems.</summary>
public sealed record LoadedConfiguration(GatewayPlan? Plan, IReadOnlyList<ConfigurationProblem> Problems);
