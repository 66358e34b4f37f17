using System.Text;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests;

/// <summary>
/// Sessions that stick to a destination need an assembly of their own, which must lie beside the gateway wherever it is run from.
/// </summary>
public sealed class SessionAffinityTests
{
    internal const string Cookie = "gateway-session";

    [Fact]
    public async Task Cookie_OfTheGateway_IsSet()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Files = { ["appsettings.json"] = StickyFile(upstream) },
        });
        await AssertCookieAsync(gateway.Client.BaseAddress!);
    }

    [Fact]
    public async Task Cookie_OfTheDemosGateway_IsSet()
    {
        await using var upstream = NamedUpstream.Start("unused: the Demo brings its own");
        await using var demo = ProcessUnderTest.Start(new DemoLaunch
        {
            Files = { ["appsettings.json"] = StickyFile(upstream) },
        });
        var line = await demo.Output.FirstAsync(l => l.StartsWith("curl", StringComparison.Ordinal));
        await AssertCookieAsync(new Uri(line.Split(' ').Single(word => word.StartsWith("http://", StringComparison.Ordinal))));
    }

    internal static string StickyFile(RawUpstream upstream, string policy = "HashCookie") => ShippedFile.Edited(root =>
    {
        var cluster = root["ReverseProxy"]!["Clusters"]!["event-api"]!;
        cluster["Destinations"]!["primary"]!["Address"] = upstream.Address;
        cluster["SessionAffinity"] = new JsonObject { ["Enabled"] = true, ["Policy"] = policy, ["AffinityKeyName"] = Cookie };
    });

    private static async Task AssertCookieAsync(Uri gateway)
    {
        using var client = new HttpClient();
        using var newEvent = new StringContent("""{"name":"Sticky","userId":"1"}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri(gateway, "/addEvent"), newEvent, TestContext.Current.CancellationToken);
        Assert.True(response.Headers.TryGetValues("Set-Cookie", out var cookies), $"No cookie came with the {(int)response.StatusCode}.");
        Assert.StartsWith(Cookie, Assert.Single(cookies), StringComparison.Ordinal);
    }
}
