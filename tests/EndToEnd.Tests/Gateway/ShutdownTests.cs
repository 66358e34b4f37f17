using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>SIGTERM: no request is lost, and no time.</summary>
public sealed class ShutdownTests
{
    private static readonly TimeSpan AFewSeconds = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Terminate_Idle_EndsSoonWith0()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address },
        });
        await gateway.GetJsonAsync("/getUsers");   // leaves open connections on both sides, which needn't be waited for

        await gateway.TerminateAsync();

        var ended = await gateway.WaitForExitAsync(AFewSeconds);
        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Errors);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Terminate_RequestInFlight_SaysDrainingAndLetsItFinish(string path)
    {
        var gate = new Gate();
        await using var upstream = RawUpstream.Start(async (_, connection) =>
        {
            await gate.PassAsync(connection.Stopping);
            await connection.RespondAsync("""{"events":[]}""");
        });
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address },
        });
        var inFlight = gateway.GetJsonAsync(path);
        await gate.Arrived;

        await gateway.TerminateAsync();

        var (_, ready) = await gateway.GetJsonUntilAsync("/ready", (status, _) => status == 503);
        Assert.False((bool)ready["ready"]!);
        Assert.Equal("draining", (string?)ready["status"]);
        Assert.False(inFlight.IsCompleted);

        gate.Open();
        Assert.Equal(200, (await inFlight).Status);
        Assert.Equal(0, (await gateway.WaitForExitAsync(AFewSeconds)).ExitCode);
    }
}
