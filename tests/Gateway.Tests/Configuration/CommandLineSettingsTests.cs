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
    [InlineData("--prot=8080")]
    [InlineData("serv")]
    [InlineData("--")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS=1")]   // a variable, and no key of the file
    public void Parse_NameOfNothing_IsTold(string token)
    {
        Assert.Null(CommandLineSettings.Parse(["--Port=1", token], out var problem));
        Assert.Equal($"{token}: there is no such option or setting.", problem);
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
