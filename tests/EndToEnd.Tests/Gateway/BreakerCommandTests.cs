using System.Globalization;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary><c>eventgateway breaker</c>, against a gateway that runs.</summary>
public sealed class BreakerCommandTests
{
    private readonly string _port = FreePort.Find().ToString(CultureInfo.InvariantCulture);

    [Fact]
    public async Task Breaker_ForcedOpenShownAndReset_IsWhatTheGatewayThenDoes()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address, ["MANAGEMENT_PORT"] = _port },
            Files = { [".env"] = "ADMIN_TOKEN=s3cret\n" },
        });

        var forced = await RunAsync("addEvent", "force-open", "--ttl", "10m", "--reason", "deploy");
        Assert.Equal((0, 0), (forced.ExitCode, forced.Errors.Count));
        Assert.Matches(@"^breaker addEvent: closed → forced_open, until \S+ \S+Z \(10 min left\): deploy$", Assert.Single(forced.Output));
        Assert.Equal(503, await PostEventAsync(gateway));

        var shown = await RunAsync("ADDEVENT");
        Assert.StartsWith("breaker addEvent: forced_open since ", shown.Output[0], StringComparison.Ordinal);
        Assert.Contains(shown.Output, line => line.EndsWith("force-open  for 10 min  deploy", StringComparison.Ordinal));

        var reset = await RunAsync("addEvent", "reset", "--reason", "done");
        Assert.Equal("breaker addEvent: forced_open → closed", Assert.Single(reset.Output));
        Assert.Equal(200, await PostEventAsync(gateway));
    }

    [Fact]
    public async Task Breaker_FileIsBroken_IsAskedAllTheSame()
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch { Variables = { ["MANAGEMENT_PORT"] = _port } });
        var ended = await CommandBeside("appsettings.json", "{ \"Aggregations\": 1", "addEvent").RunAsync();

        Assert.StartsWith("breaker addEvent: closed since ", ended.Output[0], StringComparison.Ordinal);
        Assert.Equal(0, ended.ExitCode);
    }

    [Theory]
    [InlineData("refuses: A change needs the header", "wrong", "addEvent", "reset", "--reason", "x")]
    [InlineData("refuses: 'ttl' is missing", "s3cret", "addEvent", "disable", "--reason", "x")]
    [InlineData("refuses: 'reason' is missing", "s3cret", "addEvent", "reset")]
    [InlineData("refuses: there is no circuit breaker 'addEvnt'; known are addEvent; did you mean 'addEvent'?", "s3cret", "addEvnt")]
    public async Task Breaker_Refused_IsOneLineAnd1(string line, string token, params string[] arguments)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["MANAGEMENT_PORT"] = _port, ["ADMIN_TOKEN"] = "s3cret" },
        });
        var ended = await CommandBeside(".env", $"ADMIN_TOKEN={token}", arguments).RunAsync();

        Assert.Contains(line, Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Equal((1, 0), (ended.ExitCode, ended.Output.Count));
    }

    [Fact]
    public async Task Breaker_PublicPort_IsToldApart()
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch());
        var ended = await new GatewayLaunch("breaker", "addEvent")
        {
            Variables = { ["MANAGEMENT_PORT"] = gateway.Port.ToString(CultureInfo.InvariantCulture) },
        }.RunAsync();

        Assert.Contains("is not its management port", Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Equal(1, ended.ExitCode);
    }

    [Theory]
    [InlineData(1, "(MANAGEMENT_PORT): Connection refused")]
    [InlineData(78, "--ttl and --reason go with an action", "--ttl", "1m")]
    [InlineData(78, "more: there is no such option or setting", "reset", "more")]
    public async Task Breaker_NobodyThereOrMistaken_IsOneLineAndAnExitCode(int exitCode, string line, params string[] arguments)
    {
        var ended = await RunAsync(["addEvent", .. arguments]);

        Assert.Contains(line, Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Equal(exitCode, ended.ExitCode);
    }

    [Fact]
    public async Task Breaker_ManagementIsOff_SaysSo()
    {
        var ended = await new GatewayLaunch("breaker", "addEvent").RunAsync();

        Assert.StartsWith("ManagementPort is 0", Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Equal(1, ended.ExitCode);
    }

    private static async Task<int> PostEventAsync(GatewayProcess gateway)
    {
        using var body = new StringContent("""{"name":"n","userId":"1"}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await gateway.Client.PostAsync("/addEvent", body, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    private Task<Ended> RunAsync(params string[] arguments) => CommandBeside(".env", "ADMIN_TOKEN=s3cret", arguments).RunAsync();

    private GatewayLaunch CommandBeside(string file, string text, params string[] arguments) => new(["breaker", .. arguments])
    {
        Variables = { ["MANAGEMENT_PORT"] = _port },
        Files = { [file] = text },
    };
}
