using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public sealed class ConfigurationSourceTests : IDisposable
{
    private const string Threshold = "CIRCUIT_BREAKER_FAILURE_THRESHOLD";
    private const string ThresholdKey = "CircuitBreakers:addEvent:FailureThreshold";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("configuration-");

    private string DotEnv => Path.Combine(_directory.FullName, ".env");

    [Fact]
    public void Load_EachLayer_LiesOverTheOneBefore()
    {
        Dictionary<string, string> defaults = new() { [Threshold] = "4" };
        Dictionary<string, string> environment = new() { [Threshold] = "6" };
        Dictionary<string, string> commandLine = new() { [ThresholdKey] = "7" };

        Assert.Equal(3, ThresholdOf(Reading.Shipped()));
        WriteDotEnv($"{Threshold}=5");
        Assert.Equal(5, ThresholdOf(Reading.Shipped(dotEnvFile: DotEnv)));
        Assert.Equal(4, ThresholdOf(Reading.Shipped(defaults: defaults, dotEnvFile: DotEnv)));
        Assert.Equal(6, ThresholdOf(Reading.Shipped(defaults: defaults, dotEnvFile: DotEnv, environment: environment)));
        Assert.Equal(7, ThresholdOf(Reading.Shipped(defaults: defaults, dotEnvFile: DotEnv, environment: environment, commandLine: commandLine)));
    }

    [Fact]
    public void Load_OneKeyInTwoSpellings_TakesTheHigherLayer()
    {
        WriteDotEnv($"{Threshold}=5");

        Assert.Equal(6, ThresholdOf(Reading.Shipped(dotEnvFile: DotEnv, environment: new() { ["CircuitBreakers__addEvent__FailureThreshold"] = "6" })));
    }

    [Fact]
    public void Load_EmptyVariable_LeavesTheLowerLayer()
    {
        WriteDotEnv($"{Threshold}=5");

        Assert.Equal(5, ThresholdOf(Reading.Shipped(dotEnvFile: DotEnv, environment: new() { [Threshold] = "" })));
    }

    [Fact]
    public void Load_DotEnv_MayHaveCommentsAndQuotesAndEmptyValues()
    {
        WriteDotEnv($"# the event API\n\nEVENT_API_BASE_URL=\"http://events.example\"\n{Threshold}=\nPORT=3001\n");

        var plan = Reading.Shipped(dotEnvFile: DotEnv).IsTakenUp();

        Assert.Equal("http://events.example", plan.Clusters.Single().Destinations!["primary"].Address);
        Assert.Equal(3, plan.Breakers["addEvent"].Settings.FailureThreshold);
        Assert.Equal(3001, plan.Options.Port);
    }

    [Fact]
    public void Load_SameText_HasTheSameHash()
    {
        var hash = Reading.Shipped().IsTakenUp().Hash;

        Assert.Equal(hash, Reading.Shipped().IsTakenUp().Hash);
        Assert.NotEqual(hash, Reading.Shipped(root => root["Port"] = 3001).IsTakenUp().Hash);
    }

    [Fact]
    public void Load_FileThatIsNotThere_Throws() => Assert.Throws<FileNotFoundException>(() => Source("missing.json").Load());

    [Fact]
    public void Locate_FileNamedOnTheCommandLine_IsTaken() => Assert.Equal(
        Path.Combine(_directory.FullName, "mine.json"),
        ConfigurationSource.Locate(Path.Combine(_directory.FullName, "mine.json"), new Dictionary<string, string>()).File);

    [Fact]
    public void GetVariable_InBoth_PrefersTheEnvironmentToDotEnv()
    {
        WriteDotEnv("A=1\nB=2\nC=3");
        var source = Source("none.json") with { Environment = new Dictionary<string, string> { ["A"] = "9", ["B"] = "" } };

        Assert.Equal(["9", "2", "3", null], new[] { "A", "B", "C", "D" }.Select(source.GetVariable));
    }

    [Fact]
    public void Load_DotEnvWithAnOpenQuote_IsAProblemOfThatFile()
    {
        WriteDotEnv("PORT=\"3");

        var loaded = Reading.Shipped(dotEnvFile: DotEnv);
        Assert.Null(loaded.Plan);
        Assert.Equal(".env", Assert.Single(loaded.Problems).Origin);
    }

    [Fact]
    public void Load_DotEnvWithExport_IsRead()
    {
        WriteDotEnv($"export {Threshold}=5");

        Assert.Equal(5, ThresholdOf(Reading.Shipped(dotEnvFile: DotEnv)));
    }

    [Fact]
    public void Load_DotEnvLineThatIsNoAssignment_IsAWarningWithItsLine()
    {
        WriteDotEnv("# a comment\nPORT 3001\n");

        var loaded = Reading.Shipped(dotEnvFile: DotEnv);
        Assert.NotNull(loaded.Plan);
        Assert.Equal((".env:2", true), (Assert.Single(loaded.Problems).Origin, loaded.Problems[0].IsWarning));
    }

    [Theory]
    [InlineData("PORT=99999", ".env:1: error: PORT: 99999 is out of range; Port goes from 0 to 65535.")]
    [InlineData("\n\n  export PORT = 99999", ".env:3: error: PORT: 99999 is out of range; Port goes from 0 to 65535.")]
    [InlineData("ACCESS_LOG=\"maybe\"\n", ".env:1: error: ACCESS_LOG: 'maybe' is neither on nor off.")]
    [InlineData("# PORT=1\nPORT=99999", ".env:2: error: PORT: 99999 is out of range; Port goes from 0 to 65535.")]
    [InlineData("PORT=1\nPORT=99999", ".env: error: PORT: 99999 is out of range; Port goes from 0 to 65535.")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS=5s",
        ".env:1: error: CIRCUIT_BREAKER_RESET_TIMEOUT_MS: '5s' is not a whole number of milliseconds from 1 to 86400000, in plain digits.")]
    [InlineData("PORT=1\nOTEL_EXPORTER_OTLP_ENDPOINT=nowhere",
        ".env:2: error: OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' is not an absolute http or https URI (without credentials).")]
    public void Load_DotEnvWithAMistake_NamesItsLine(string text, string problem)
    {
        WriteDotEnv(text);
        Assert.Equal([problem], Reading.Shipped(dotEnvFile: DotEnv).Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Load_DotEnvThatContradictsItself_NamesBothLines()
    {
        WriteDotEnv("CIRCUIT_BREAKER_RESET_TIMEOUT_MS=60001\nCIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS=60000");
        Assert.Equal(
            ".env:1: error: CircuitBreakers.addEvent.ResetTimeout: ResetTimeout (00:01:00.0010000) is longer than MaxResetTimeout (00:01:00). "
                + "See also CircuitBreakers.addEvent.MaxResetTimeout (.env:2).",
            Assert.Single(Reading.Shipped(dotEnvFile: DotEnv).Problems).ToString());
    }

    [Fact]
    public void Load_WrongValueOfAHigherLayer_IsNotBlamedOnDotEnv()
    {
        WriteDotEnv("PORT=3001");
        Assert.Equal("PORT", Assert.Single(Reading.Shipped(dotEnvFile: DotEnv, environment: new() { ["PORT"] = "99999" }).Problems).Origin);
    }

    [Fact]
    public void Load_DotEnvWithAVariableOfItself_IsAProblemOfThatFile()
    {
        WriteDotEnv("PORT=${PORT}");
        Assert.All(Reading.Shipped(dotEnvFile: DotEnv).Problems, problem => Assert.StartsWith(".env", problem.Origin, StringComparison.Ordinal));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static int ThresholdOf(LoadedConfiguration loaded) => loaded.IsTakenUp().Breakers["addEvent"].Settings.FailureThreshold;

    private ConfigurationSource Source(string file) => new(
        Path.Combine(_directory.FullName, file), DotEnv, new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>());

    private void WriteDotEnv(string text) => File.WriteAllText(DotEnv, text);
}
