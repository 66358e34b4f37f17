using System.Globalization;
using EventGateway.Gateway.Telemetry.Otlp;

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

        try
        {
            var dotEnv = EnvironmentFile.Parse(DotEnvFile, EnvironmentFile.ReadText(DotEnvFile), new ProblemList());
            return dotEnv.Values.GetValueOrDefault(name) is { Length: > 0 } written ? written : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // what is wrong with the file is told when it is loaded
        }
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

    /// <summary>Reads and compiles all layers. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when a file can't be read.</summary>
    public LoadedConfiguration Load() => Load(System.IO.File.ReadAllBytes(File));

    /// <summary>The same with this text in the place of the file's.</summary>
    public LoadedConfiguration Load(byte[] text) => Load(new ConfigurationText(text, EnvironmentFile.ReadText(DotEnvFile)));

    /// <summary>Compiles what was read before.</summary>
    internal LoadedConfiguration Load(ConfigurationText text)
    {
        var problems = new ProblemList();
        var root = SettingsFile.Parse(FileName, text.File, problems);
        if (root is null)
        {
            return new LoadedConfiguration(null, problems.InOrder);
        }

        var layers = ApplyLayers(root, text.DotEnv, problems);
        var openTelemetry = OpenTelemetryPlan.Compile(EnvironmentVariables.Merge(layers, OpenTelemetryPlan.Prefix), problems);
        var plan = GatewayPlan.Compile(root, text, problems, openTelemetry);
        return new LoadedConfiguration(plan, problems.InOrder);
    }

    /// <summary>
    /// What all layers say, as far as it can be read: for who wants to talk to a gateway that runs, when the file may be what is wrong.
    /// <paramref name="problems"/> has what can't.
    /// </summary>
    internal GatewayOptions ReadOptions(ProblemList problems)
    {
        SettingsNode? root = null;
        byte[]? dotEnv = null;
        try
        {
            dotEnv = EnvironmentFile.ReadText(DotEnvFile);
            root = SettingsFile.Parse(FileName, System.IO.File.ReadAllBytes(File), problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error(SettingsOrigin.InFile(FileName), e.Message);
        }

        root ??= new SettingsNode("", SettingsOrigin.InFile(FileName)) { Kind = SettingsKind.Object };
        ApplyLayers(root, dotEnv, problems);
        return OptionsReader.Read<GatewayOptions>(root, problems);
    }

    private VariableLayer[] ApplyLayers(SettingsNode root, byte[]? dotEnv, ProblemList problems)
    {
        VariableLayer[] layers =
        [
            EnvironmentFile.Parse(DotEnvFile, dotEnv, problems), VariableLayer.Of(Defaults), VariableLayer.Of(Environment), VariableLayer.Of(CommandLine),
        ];
        foreach (var layer in layers)
        {
            EnvironmentVariables.Apply(root, layer, problems);
        }

        return layers;
    }

    /// <summary>
    /// Tells files with different text apart (FNV-1a, 64 bits); nobody has to be kept from making two alike. One of the cryptographic kind would have
    /// OpenSSL loaded for it alone: 6 MB, and a part of the start.
    /// </summary>
    public static string HashOf(ReadOnlySpan<byte> text)
    {
        const ulong Prime = 0x100000001b3;
        var hash = 0xcbf29ce484222325;
        foreach (var octet in text)
        {
            hash = unchecked((hash ^ octet) * Prime);
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture)[..12];
    }

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
