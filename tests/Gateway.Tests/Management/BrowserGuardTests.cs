namespace EventGateway.Gateway.Tests.Management;

/// <summary>The operator's browser shows other pages as well, and names may be made to point here.</summary>
public sealed class BrowserGuardTests
{
    private const string Change = """{"reason":"x","ttl":"1m"}""";

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:3001")]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9:80")]
    [InlineData("[::1]:3001")]
    public async Task Host_OfThisMachine_IsTaken(string host) => Assert.Equal(200, (await GetAsync(("Host", host))).Status);

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:3001")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    public async Task Host_AnotherName_IsRefused(string host) => Assert.Equal((403, "foreign_host"), await GetAsync(("Host", host)));

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "http://localhost:1")]
    [InlineData("Origin", "https://localhost")]
    [InlineData("Origin", "null")]
    public async Task PageOfAnotherOrigin_ReadingAndChanging_IsRefused(string header, string value)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var read = await gateway.GetAsync("/admin/breakers", ("Host", "localhost"), (header, value));
        var changed = await gateway.ChangeAsync("force-open", Change, ("Host", "localhost"), (header, value));

        Assert.Equal((403, "foreign_origin"), (read.Status, (string?)read.Body["code"]));
        Assert.Equal((403, "foreign_origin"), (changed.Status, (string?)changed.Body["code"]));
        Assert.Equal("closed", (string?)(await gateway.BreakerAsync())["breaker"]!["state"]);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "http://localhost:3001")]
    public async Task PageOfOurs_ReadingAndChanging_IsServed(string header, string value)
    {
        await using var gateway = await ManagedGateway.StartAsync();

        Assert.Equal(200, (await gateway.GetAsync("/admin/breakers", ("Host", "localhost:3001"), (header, value))).Status);
        Assert.Equal(200, (await gateway.ChangeAsync("force-open", Change, ("Host", "localhost:3001"), (header, value))).Status);
    }

    [Theory]
    [InlineData("/health", 200)]
    [InlineData("/admin/breakers", 403)]
    public async Task LinkOnAnotherPage_LeadsToPagesAndNotToData(string path, int status)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var answer = await gateway.GetAsync(path, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));

        Assert.Equal(status, answer.Status);
    }

    private static async Task<(int Status, string? Code)> GetAsync((string Name, string Value) header)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, body) = await gateway.GetAsync("/admin/breakers", header);
        return (status, (string?)body["code"]);
    }
}
