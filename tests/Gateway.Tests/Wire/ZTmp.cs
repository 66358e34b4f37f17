namespace EventGateway.Gateway.Tests.Wire;
public sealed class ZTmp
{
    [Theory]
    [InlineData("Connection: X-Hop")]
    [InlineData("Connection: keep-alive, X-Hop")]
    [InlineData("Connection: close, X-Hop")]
    [InlineData("Connection: x-hop\r\nConnection: x-other")]
    [InlineData("Connection: x-hop, not a name")]
    [InlineData("Connection: x-hop, TE\r\nTE: gzip")]
    public async Task Hop(string line)
    {
        await using var gateway = await WiredGateway.StartAsync((_, a) => a.RespondAsync("[]"));
        await gateway.GetAsync("/getUsers", line, "X-Hop: 1");
        var seen = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Null(seen["X-Hop"]);
    }

    [Fact]
    public async Task Page()
    {
        await using var gateway = await WiredGateway.StartAsync((_, a) => a.RespondAsync("[]"));
        var r = await gateway.SendAsync(Http.Get("/metrics"));
        await System.IO.File.WriteAllTextAsync("/tmp/gb/metrics.txt", r.Text, TestContext.Current.CancellationToken);
    }
}
