using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>The file, <c>.env</c>, the process environment, the command line: each wins over those before it.</summary>
public sealed class PrecedenceTests
{
    [Theory]
    [InlineData("file", new[] { "file" })]
    [InlineData(".env", new[] { "file", ".env" })]
    [InlineData("environment", new[] { "file", "environment" })]
    [InlineData("environment", new[] { "file", ".env", "environment" })]
    [InlineData("command line", new[] { "file", ".env", "environment", "command line" })]
    public async Task EventApi_NamedBySeveral_IsThatOfTheHighest(string expected, string[] layers)
    {
        await using var file = NamedUpstream.Start("file");
        await using var dotEnv = NamedUpstream.Start(".env");
        await using var environment = NamedUpstream.Start("environment");
        await using var commandLine = NamedUpstream.Start("command line");
        string[] arguments = layers.Contains("command line")
            ? [$"--ReverseProxy:Clusters:event-api:Destinations:primary:Address={commandLine.Address}"]
            : [];
        var launch = new GatewayLaunch(arguments) { Files = { ["appsettings.json"] = ShippedFile.PointedAt(file.Address) } };
        if (layers.Contains(".env"))
        {
            launch.Files[".env"] = $"# the event API\nEVENT_API_BASE_URL=\"{dotEnv.Address}\"\n";
        }

        if (layers.Contains("environment"))
        {
            launch.Variables["EVENT_API_BASE_URL"] = environment.Address;
        }

        await using var gateway = await GatewayProcess.StartAsync(launch);
        Assert.Equal(expected, await NamedUpstream.AskAsync(gateway));
    }

    [Fact]
    public async Task Environment_FrameworksForm_SetsTheSameKey()
    {
        await using var upstream = NamedUpstream.Start("Section__Key");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["ReverseProxy__Clusters__event-api__Destinations__primary__Address"] = upstream.Address },
        });
        Assert.Equal("Section__Key", await NamedUpstream.AskAsync(gateway));
    }

    [Fact]
    public async Task Environment_EmptyVariable_IsNotSet()
    {
        await using var upstream = NamedUpstream.Start("file");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = "", ["CIRCUIT_BREAKER_FAILURE_THRESHOLD"] = "" },
            Files = { ["appsettings.json"] = ShippedFile.PointedAt(upstream.Address) },
        });
        Assert.Equal("file", await NamedUpstream.AskAsync(gateway));
    }
}
