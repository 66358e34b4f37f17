using System.Diagnostics;
using System.Globalization;

namespace EventGateway.MockUpstream.Tests;

/// <summary>The program as an operator runs it.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Run_FreePort_SaysInOneLineWhereItListens()
    {
        using var program = Start(("MOCK_PORT", "0"), ("Mock__EventLatency", "00:00:00.250"));
        try
        {
            var line = await program.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var address = line!.Split(' ', ';').Single(word => word.StartsWith("http://", StringComparison.Ordinal));
            using var http = new HttpClient();
            var faults = await http.GetStringAsync(new Uri($"{address}/__mock/faults"), TestContext.Current.CancellationToken);
            Assert.Contains("\"latencyMs\": 250", faults, StringComparison.Ordinal);
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public async Task Run_PortTaken_SaysSoInOneLineAndExitsWith1()
    {
        await using var mock = await MockServer.StartAsync();
        var port = mock.Port.ToString(CultureInfo.InvariantCulture);
        var (code, error) = await RunAsync(("MOCK_PORT", port));
        Assert.Equal(1, code);
        Assert.Contains(port, Assert.Single(error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MOCK_PORT", "http", "MOCK_PORT")]
    [InlineData("MOCK_PORT", "65536", "MOCK_PORT")]
    [InlineData("MOCK_PORT", "-1", "MOCK_PORT")]
    [InlineData("Mock__EventLatency", "soon", "Mock:EventLatency")]
    [InlineData("Mock__EventLatncy", "00:00:01", "EventLatncy")]
    [InlineData("Mock__ReadFailureShare", "5", "ReadFailureShare")]
    [InlineData("Mock__Faults", """{"getUsers":{"x":1}}""", "getUsers.x")]
    public async Task Run_BadConfiguration_SaysSoInOneLineAndExitsWith78(string variable, string value, string named)
    {
        var (code, error) = await RunAsync((variable, value));
        Assert.Equal(78, code);
        Assert.Contains(named, Assert.Single(error), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string[] ErrorLines)> RunAsync(params (string Name, string Value)[] environment)
    {
        using var program = Start(environment);
        var error = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (program.ExitCode, error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Process Start(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MockUpstreamHost).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
