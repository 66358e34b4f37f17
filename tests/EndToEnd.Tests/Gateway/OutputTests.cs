using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>Standard output is for machines: each line is one JSON object.</summary>
public sealed class OutputTests
{
    [Fact]
    public async Task Output_ManyRequestsAtTheMostTalkativeLevel_IsAllJson()
    {
        const int Requests = 100;
        await using var upstream = NamedUpstream.Start("\\u2028 and a \\\"quote\\\"");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address, ["Logging__LogLevel__Default"] = "Trace" },
        });

        await Task.WhenAll(Enumerable.Range(0, Requests)
            .Select(i => gateway.GetJsonAsync(i % 2 == 0 ? "/getUsers" : $"/nothing/%22%0A{i}")));
        await gateway.TerminateAsync();
        var ended = await gateway.WaitForExitAsync();

        var lines = ended.Output.Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Equal(Requests, lines.Count(line => (string?)line["type"] == "access"));
        Assert.True(lines.Count > Requests, "The host has its own lines at this level.");
        Assert.Empty(ended.Errors);
    }

    [Fact]
    public async Task Output_AccessLogOff_HasNoLinesOfRequests()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address, ["ACCESS_LOG"] = "off" },
        });
        await gateway.GetJsonAsync("/getUsers");
        await gateway.TerminateAsync();
        Assert.DoesNotContain((await gateway.WaitForExitAsync()).Output, line => line.Contains("\"access\"", StringComparison.Ordinal));
    }
}
