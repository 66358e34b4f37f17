using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class CommandLineSettingsTests
{
    [Theory]
    [InlineData("--Port=8080")]
    [InlineData("--port", "8080")]
    [InlineData("Port=8080")]
    [InlineData("PORT=8080")]
    public void Parse_EachForm_SetsTheKey(params string[] tokens) => Assert.Equal("8080", Parse(tokens)["Port"]);

    [Theory]
    [InlineData("--CircuitBreakers:addEvent:Jitter=0")]
    [InlineData("--CircuitBreakers__addEvent__Jitter=0")]
    public void Parse_NestedKey_StaysOneSetting(string token) => Assert.Equal(["0"], Parse(token).Values);

    [Fact]
    public void Parse_ValueWithEqualsSign_IsTakenWhole() =>
        Assert.Equal("http://a/?b=c", Parse("--ReverseProxy:Clusters:x:Destinations:y:Address=http://a/?b=c").Values.Single());

    [Fact]
    public void Parse_SameKeyTwice_TakesTheLast() => Assert.Equal("2", Parse("--Port=1", "--port=2")["Port"]);

    [Fact]
    public void Parse_NoTokens_AreNoSettings() => Assert.Empty(Parse());

    [Theory]
    [InlineData("--prot=8080", "option or setting; did you mean 'Port'?")]
    [InlineData("--nonsense", "option or setting.")]
    [InlineData("chekc", "command or setting; did you mean 'check'?")]
    [InlineData("serv", "command or setting.")]
    [InlineData("--", "option or setting.")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS=1", "option or setting.")]   // a variable, and no key of the file
    public void Parse_NameOfNothing_IsTold(string token, string end)
    {
        Assert.Null(CommandLineSettings.Parse(["--Port=1", token], out var problem, "check"));
        Assert.Equal($"{token}: there is no such {end}", problem);
    }

    [Fact]
    public void Split_SettingsAroundAWord_LeavesTheWord()
    {
        var (settings, others) = CommandLineSettings.Split(["--Port=1", "my.json", "--DrainDelay", "00:00:01", "Port=2"]);

        Assert.Equal(["--Port=1", "--DrainDelay", "00:00:01", "Port=2"], settings);
        Assert.Equal(["my.json"], others);
    }

    [Fact]
    public void Parse_KeyWithoutValue_IsTold()
    {
        Assert.Null(CommandLineSettings.Parse(["--Port"], out var problem));
        Assert.Equal("--Port: its value is missing.", problem);
    }

    private static IReadOnlyDictionary<string, string> Parse(params string[] tokens)
    {
        var settings = CommandLineSettings.Parse(tokens, out var problem);
        Assert.Equal("", problem);
        return settings!;
    }
}
