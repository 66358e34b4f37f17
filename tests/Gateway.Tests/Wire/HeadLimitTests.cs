using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>How much head a request may have and how long it may take, as the gateway is shipped. The server's clock is the machine's.</summary>
public sealed class HeadLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8_000, 200)]
    [InlineData(8_300, 414)]
    public async Task RequestLine_UpTo8KiB_IsTaken(int length, int status) => await AssertAsync($"GET /x/{new string('a', length)} HTTP/1.1\r\nHost: g\r\n\r\n", status);

    [Theory]
    [InlineData(32_000, 200)]
    [InlineData(33_000, 431)]
    public async Task Headers_UpTo32KiBInAll_AreTaken(int length, int status) =>
        await AssertAsync(Http.Get("/x/a", $"X-A: {new string('a', length / 2)}", $"X-B: {new string('b', length / 2)}"), status);

    [Theory]
    [InlineData(99, 200)]    // and Host
    [InlineData(100, 431)]
    public async Task Headers_UpToAHundred_AreTaken(int count, int status) =>
        await AssertAsync(Http.Get("/x/a", Enumerable.Range(0, count).Select(n => $"X-{n}: 1")), status);

    [Fact]
    public async Task Limits_AsShipped_AreThese()
    {
        await using var gateway = await StartAsync();
        var limits = LimitsOf(gateway);
        Assert.Equal(TimeSpan.FromSeconds(30), limits.RequestHeadersTimeout);
        Assert.Equal(TimeSpan.FromSeconds(130), limits.KeepAliveTimeout);
        Assert.Equal((240, TimeSpan.FromSeconds(5)), (limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinRequestBodyDataRate.GracePeriod));
        Assert.Equal((240, TimeSpan.FromSeconds(5)), (limits.MinResponseDataRate!.BytesPerSecond, limits.MinResponseDataRate.GracePeriod));
        Assert.Equal((8 * 1024, 32 * 1024, 100), (limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount));
    }

    [Theory]
    [InlineData("GET /x/a HTTP/1.1\r\nHost: gateway.test\r\nX-Slow: ")]
    [InlineData("GET /x/")]
    public async Task Head_ThatDoesNotCome_IsGivenUp(string beginning)
    {
        await using var gateway = await StartAsync();
        LimitsOf(gateway).RequestHeadersTimeout = TimeSpan.FromSeconds(1);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(beginning, Token);
        var answer = System.Text.Encoding.Latin1.GetString((await client.ReadToEndAsync(Token)).Bytes);
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("Content-Length: 100000")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task Body_ThatComesTooSlowly_IsA408AndNoWholeRequest(string framing)
    {
        await using var gateway = await StartAsync();
        LimitsOf(gateway).MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(1.5));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.Head("POST", "/x/a", framing) + "5\r\naaaaa\r\n", Token);
        Problem.Of(await client.ReadResponseAsync(Token), 408, "unreadable_body");
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        Assert.Empty(gateway.Upstream.Requests);
    }

    private static async Task AssertAsync(string request, int status)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(status, (await gateway.SendAsync(request)).Status);
        Assert.Equal(status == 200 ? 1 : 0, gateway.Upstream.Requests.Count);
    }

    private static KestrelServerLimits LimitsOf(WiredGateway gateway) => gateway.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), PathTests.AnyPath);
}
