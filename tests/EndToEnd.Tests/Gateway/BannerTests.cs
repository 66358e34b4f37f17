using System.Globalization;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>What the start says: a table to a person at a terminal, one JSON entry to everything else.</summary>
public sealed class BannerTests
{
    private const string Sentence = "opens after 3 failures in 30 s, then waits 10→20→40→60 s";

    [Fact]
    public async Task Start_AtATerminal_PrintsTheTableAndNoEntry()
    {
        await using var upstream = NamedUpstream.Start("here");
        var launch = AtATerminal(GatewayLaunch.Command);
        launch.Variables["PORT"] = "0";
        launch.Variables["MANAGEMENT_PORT"] = "0";
        launch.Variables["EVENT_API_BASE_URL"] = upstream.Address;
        await using var gateway = ProcessUnderTest.Start(launch);

        await gateway.Output.FirstAsync(line => line.StartsWith("  gateway ", StringComparison.Ordinal));
        var lines = gateway.Output.All.Select(line => line.TrimEnd()).ToList();
        Assert.Single(lines, line => line.StartsWith("EventGateway 0.1.0 listens on http://localhost:", StringComparison.Ordinal));
        Assert.Contains("  route        addEvent      POST      /addEvent                → event-api, breaker addEvent", lines);
        Assert.Contains($"  cluster      event-api     {upstream.Address}", lines);
        Assert.Contains($"  breaker      addEvent      {Sentence}", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith('{'));
    }

    [Fact]
    public async Task Start_AtATerminalWhereOnlyWarningsAreWanted_PrintsNoTable()
    {
        using var nobody = new NobodysPort();
        var launch = AtATerminal(GatewayLaunch.Command);
        launch.Variables["PORT"] = "0";
        launch.Variables["MANAGEMENT_PORT"] = "0";
        launch.Variables["EVENT_API_BASE_URL"] = nobody.Address;   // that nothing answers there is said after the table would be
        launch.Variables["Logging__LogLevel__Default"] = "Warning";
        await using var gateway = ProcessUnderTest.Start(launch);
        await gateway.Output.FirstAsync(line => line.Contains(nobody.Address, StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Output.All, line => line.Contains("listens on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_OfTheDemoAtATerminal_HasTheTourAlone()
    {
        var launch = AtATerminal($"dotnet '{Launch.Beside("EventGateway.Demo.dll")}'");
        launch.Variables["PORT"] = "0";
        launch.Variables["MANAGEMENT_PORT"] = "0";
        launch.Variables["MOCK_PORT"] = "0";
        launch.Variables["Logging__LogLevel__Default"] = "Information";
        await using var demo = ProcessUnderTest.Start(launch);
        await demo.Output.FirstAsync(line => line.Contains("Ctrl+C", StringComparison.Ordinal));
        Assert.DoesNotContain(demo.Output.All, line => line.StartsWith("EventGateway 0.1.0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WithoutATerminal_IsOneEntryWithTheSameFacts()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch { Variables = { ["EVENT_API_BASE_URL"] = upstream.Address } });
        var entry = JsonNode.Parse(Assert.Single(gateway.Output.All))!;
        Assert.Equal((500, "Information"), ((int)entry["EventId"]!, (string?)entry["LogLevel"]));
        var facts = entry["State"]!;
        Assert.Equal((3, 1, 1, 1), ((int)facts["Routes"]!, (int)facts["Aggregations"]!, (int)facts["Clusters"]!, (int)facts["Breakers"]!));
        Assert.Equal("getUsers /getUsers; getEvents /getEvents; addEvent /addEvent", (string?)facts["RouteList"]);
        Assert.Equal("eventsByUser /getEventsByUserId/{id}", (string?)facts["AggregationList"]);
        Assert.Equal($"event-api {upstream.Address}", (string?)facts["ClusterList"]);
        Assert.Equal($"addEvent {Sentence}", (string?)facts["BreakerList"]);
        Assert.Contains(gateway.Port.ToString(CultureInfo.InvariantCulture), (string?)facts["Addresses"], StringComparison.Ordinal);
        Assert.Equal(12, ((string?)facts["Hash"])!.Length);
    }

    // util-linux's script gives its child a pseudo-terminal.
    private static Launch AtATerminal(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Launch.OnPath("script"), "No pseudo-terminal: script of util-linux isn't there.");
        return new Launch("script", "-qec", command, "/dev/null");
    }
}
