using System.Globalization;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Demo;

/// <summary>How the Demo begins and ends.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("MOCK_PORT")]
    [InlineData("PORT")]
    [InlineData("MANAGEMENT_PORT")]
    public async Task Start_PortTaken_SaysSoInOneLineAndExitsWith1(string variable)
    {
        await using var other = NamedUpstream.Start("other");
        var port = other.Port.ToString(CultureInfo.InvariantCulture);
        var ended = await new DemoLaunch { Variables = { [variable] = port } }.RunAsync();
        Assert.Equal(1, ended.ExitCode);
        var line = Assert.Single(ended.Errors);
        Assert.Contains(port, line, StringComparison.Ordinal);
        Assert.Contains(variable, line, StringComparison.Ordinal);
        // A warning is fair: a server that starts on a busy machine may say that it is slow.
        Assert.All(ended.Output, line => Assert.Contains("\"LogLevel\":\"Warning\"", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MOCK_PORT")]
    [InlineData("PORT")]
    public async Task Start_PortNoNumber_SaysSoInOneLineAndExitsWith78(string variable)
    {
        var ended = await new DemoLaunch { Variables = { [variable] = "many" } }.RunAsync();
        Assert.Equal(78, ended.ExitCode);
        Assert.Contains(variable, Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Start_WaitSetByTheUser_IsTheUsers()
    {
        await using var demo = ProcessUnderTest.Start(new DemoLaunch { Variables = { ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "5000" } });
        var line = await demo.Output.FirstAsync(text => text.Contains("the breaker waits", StringComparison.Ordinal));
        Assert.Contains("waits 5 s, then up to 60 s", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminate_AfterTheTour_EndsWith0()
    {
        await using var demo = ProcessUnderTest.Start(new DemoLaunch());
        await demo.Output.FirstAsync(line => line.Contains("Ctrl+C", StringComparison.Ordinal));
        await demo.TerminateAsync();
        var ended = await demo.WaitForExitAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Errors);
    }
}
