using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>The commands beside serve, as a shell meets them: exit codes, and one line for each mistake.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData(0, "GET /getUsers → route getUsers", "explain", "GET", "/getUsers")]
    [InlineData(0, "GET /getUsers → route getUsers", "explain", "--header", "A: b", "GET", "/getUsers", "-H", "Host: x")]
    [InlineData(1, "GET /nothing → 404 no_route", "explain", "GET", "/nothing")]
    [InlineData(0, "breaker addEvent opens after 3 failures", "simulate", "ADDEVENT", "outage.txt")]
    [InlineData(0, "breaker addEvent opens after 7 failures", "simulate", "addEvent", "outage.txt", "--CircuitBreakers:addEvent:FailureThreshold=7")]
    public async Task Command_ThatWorks_BeginsWithItsSubject(int exitCode, string firstLine, params string[] arguments)
    {
        var ended = await new GatewayLaunch(arguments) { Files = { ["outage.txt"] = "fail x3\n" } }.RunAsync();
        Assert.StartsWith(firstLine, ended.Output[0], StringComparison.Ordinal);
        Assert.Empty(ended.Errors);
        Assert.Equal(exitCode, ended.ExitCode);
    }

    [Theory]
    [InlineData(78, "Required argument missing for command: 'explain'.", "explain", "GET")]
    [InlineData(78, "PATH: 'getUsers' doesn't begin with '/'.", "explain", "GET", "getUsers")]
    [InlineData(78, "--header: 'x' is no header.", "explain", "GET", "/", "--header", "x")]
    [InlineData(78, "more: there is no such option or setting.", "explain", "GET", "/", "more")]
    [InlineData(78, "BREAKER: error: there is no circuit breaker 'addEvnt'; known are addEvent; did you mean 'addEvent'?", "simulate", "addEvnt", "outage.txt")]
    [InlineData(1, "wrong.txt:2: 'fial' is no step.", "simulate", "addEvent", "wrong.txt")]
    [InlineData(2, "SCRIPT 'none.txt': Could not find file", "simulate", "addEvent", "none.txt")]
    [InlineData(2, "SCRIPT '/': Access to the path '/' is denied.", "simulate", "addEvent", "/")]
    [InlineData(2, "SCRIPT '/dev/zero': more than 1048576 characters are no script.", "simulate", "addEvent", "/dev/zero")]
    [InlineData(2, "Could not find file", "explain", "GET", "/", "--config", "none.json")]
    [InlineData(2, "Could not find file", "--config", "none.json", "explain", "GET", "/")]
    public async Task Command_Mistake_IsOneLineAndAnExitCode(int exitCode, string line, params string[] arguments)
    {
        var ended = await new GatewayLaunch(arguments) { Files = { ["outage.txt"] = "fail x3\n", ["wrong.txt"] = "ok\nfial\n" } }.RunAsync();
        Assert.StartsWith(line, Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Empty(ended.Output);
        Assert.Equal(exitCode, ended.ExitCode);
    }

    [Fact]
    public async Task Command_BrokenConfiguration_SaysWhatTheStartWouldSay()
    {
        var files = new Dictionary<string, string>
        {
            ["appsettings.json"] = ShippedFile.Edited(root =>
            {
                root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 0;
                root["ReverseProxy"]!["Routes"]!["getUsers"]!["ClusterId"] = "nowhere";
            }),
            ["outage.txt"] = "fail\n",
        };
        var started = await RunAsync();
        Assert.Equal(2, started.Errors.Count(line => line.Contains("appsettings.json", StringComparison.Ordinal)));
        foreach (var command in (string[][])[["explain", "GET", "/getUsers"], ["simulate", "addEvent", "outage.txt"]])
        {
            var ended = await RunAsync(command);
            Assert.Equal(started.Errors, ended.Errors);
            Assert.Empty(ended.Output);
            Assert.Equal((78, 78), (started.ExitCode, ended.ExitCode));
        }

        Task<Ended> RunAsync(params string[] arguments)
        {
            var launch = new GatewayLaunch(arguments);
            foreach (var (name, text) in files)
            {
                launch.Files[name] = text;
            }

            return launch.RunAsync();
        }
    }
}
