namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>
/// How a program is started: with no environment but what is named here, in a new directory with no files but those named here,
/// so that nothing on the machine that runs the tests can reach it.
/// </summary>
internal class Launch(string program, params IEnumerable<string> arguments)
{
    private static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT", "JAVA_HOME"];

    public string Program { get; } = program;

    public IReadOnlyList<string> Arguments { get; } = [.. arguments];

    public Dictionary<string, string> Variables { get; } = Inherited
        .Select(name => (name, value: Environment.GetEnvironmentVariable(name)))
        .Where(variable => variable.value is not null)
        .ToDictionary(variable => variable.name, variable => variable.value!);

    /// <summary>Text of the files in the working directory, by name: one byte for each character, so that a test can write any.</summary>
    public Dictionary<string, string> Files { get; } = [];

    /// <summary>Where it runs, and what stays when it has ended; a new directory that doesn't, if the test names none.</summary>
    public DirectoryInfo? Directory { get; init; }

    /// <summary>Runs it to its end.</summary>
    public async Task<Ended> RunAsync()
    {
        await using var process = ProcessUnderTest.Start(this);
        return await process.WaitForExitAsync();
    }

    /// <summary>Whether there is such a program.</summary>
    public static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A program of the product, which a build puts beside these tests.</summary>
    public static string Beside(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly);
}

/// <summary>
/// The gateway on a free port, and without management, if the test doesn't name others: as a build puts it beside these tests, or the
/// program whose absolute path <c>GATEWAY_PROGRAM</c> is, such as the native one that ships.
/// </summary>
internal sealed class GatewayLaunch : Launch
{
    private static readonly string[] Start =
        Environment.GetEnvironmentVariable("GATEWAY_PROGRAM") is { Length: > 0 } program ? [program] : ["dotnet", Beside("eventgateway.dll")];

    public GatewayLaunch(params IEnumerable<string> arguments)
        : base(Start[0], [.. Start[1..], .. arguments])
    {
        Variables["PORT"] = "0";
        Variables["MANAGEMENT_PORT"] = "0";
    }

    /// <summary>How a shell starts it.</summary>
    public static string Command { get; } = string.Join(' ', Start.Select(part => $"'{part}'"));
}

/// <summary>The mock of the event API on a free port, without the failures and delays that it has by itself.</summary>
internal sealed class MockLaunch : Launch
{
    public MockLaunch()
        : base("dotnet", Beside("EventGateway.MockUpstream.dll"))
    {
        Variables["MOCK_PORT"] = "0";
        Variables["Mock__ReadFailureShare"] = "0";
        Variables["Mock__EventLatency"] = "00:00:00.020";
        Variables["Mock__AddEventFail"] = "0";
    }
}

/// <summary>The Demo on two free ports, and without management, if the test doesn't name others.</summary>
internal sealed class DemoLaunch : Launch
{
    public DemoLaunch()
        : base("dotnet", Beside("EventGateway.Demo.dll"))
    {
        Variables["PORT"] = "0";
        Variables["MANAGEMENT_PORT"] = "0";
        Variables["MOCK_PORT"] = "0";
    }
}

/// <summary>What is left of a process.</summary>
internal sealed record Ended(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors);
