using System.Security.Cryptography;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Where configuration comes from, lowest precedence first: the file, <c>.env</c>, <paramref name="Defaults"/> of the program that
/// embeds the gateway, the process environment, the command line. All of them apply again at each reload.
/// </summary>
public sealed record ConfigurationSource(
    string File,
    string DotEnvFile,
    IReadOnlyDictionary<string, string> Defaults,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<string, string> CommandLine)
{
    private const string DefaultName = "appsettings.json";

    /// <summary>Finds the file: <paramref name="file"/>, else <c>GATEWAY_CONFIG</c>, else the working directory's, else the one beside the binary.</summary>
    public static ConfigurationSource Locate(
        string? file, IReadOnlyDictionary<string, string> commandLine, IReadOnlyDictionary<string, string>? defaults = null)
    {
        var source = new ConfigurationSource(
            "", Path.Combine(Directory.GetCurrentDirectory(), ".env"), defaults ?? new Dictionary<string, string>(), ReadProcessEnvironment(), commandLine);
        var named = file ?? source.GetVariable("GATEWAY_CONFIG");
        if (string.IsNullOrEmpty(named))
        {
            named = System.IO.File.Exists(DefaultName) ? DefaultName : Path.Combine(AppContext.BaseDirectory, DefaultName);
        }

        return source with { File = Path.GetFullPath(named) };
    }

    /// <summary>A variable of the process environment or, where that has none, of <c>.env</c>.</summary>
    public string? GetVariable(string name)
    {
        if (Environment.GetValueOrDefault(name) is { Length: > 0 } value)
        {
            return value;
        }

        // What is wrong with the file is told when it is loaded.
        return EnvironmentFile.Read(DotEnvFile, new ProblemList()).GetValueOrDefault(name) is { Length: > 0 } written ? written : null;
    }

    /// <summary>The file as an operator finds it: from the working directory if it lies there or below, so that terminals make a link of it.</summary>
    public string FileName
    {
        get
        {
            var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), File);
            return relative.StartsWith("..", StringComparison.Ordinal) ? File : relative;
        }
    }

    /// <summary>Reads and compiles all layers. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when the file can't be read.</summary>
    public LoadedConfiguration Load() => Load(System.IO.File.ReadAllBytes(File));

    public LoadedConfiguration Load(byte[] text)
    {
        var problems = new ProblemList();
        var root = SettingsFile.Parse(FileName, text, problems);
        if (root is null)
        {
            return new LoadedConfiguration(null, problems.InOrder);
        }

        EnvironmentVariables.Apply(root, EnvironmentFile.Read(DotEnvFile, problems), problems);
        EnvironmentVariables.Apply(root, Defaults, problems);
        EnvironmentVariables.Apply(root, Environment, problems);
        EnvironmentVariables.Apply(root, CommandLine, problems);
        var plan = GatewayPlan.Compile(root, HashOf(text), problems);
        return new LoadedConfiguration(plan, problems.InOrder);
    }

    /// <summary>Tells files with different text apart.</summary>
    public static string HashOf(ReadOnlySpan<byte> text) => Convert.ToHexStringLower(SHA256.HashData(text))[..12];

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
