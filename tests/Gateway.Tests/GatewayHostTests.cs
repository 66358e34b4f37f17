namespace EventGateway.Gateway.Tests;

public sealed class GatewayHostTests
{
    // Where the start fails (a port that is taken), the host stops all that has begun: to a BackgroundService whose thread hasn't begun by
    // then that is an unhandled exception, and a critical entry beside the one line that tells the reason.
    [Fact]
    public async Task Build_Services_CanBeStoppedWhileTheyStart()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        Assert.DoesNotContain(gateway.Services.GetServices<IHostedService>(), service => service is BackgroundService);
    }
}
