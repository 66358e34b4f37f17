using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Management;

namespace EventGateway.Gateway.Tests.Admin;

public sealed class CachePurgeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"route":"getUsers","reason":"import"}""", "fwd=miss; stored", "hit; ttl=60")]
    [InlineData("""{"tag":"all","reason":"import"}""", "fwd=miss; stored", "fwd=miss; stored")]
    public async Task Purge_ForgetsWhatItNamesAlone(string body, string users, string events)
    {
        await using var gateway = await StartAsync();
        await StatusAsync(gateway, "/getUsers");
        await StatusAsync(gateway, "/getEvents");

        var (status, answer) = await PurgeAsync(gateway, body);

        Assert.Equal((200, body.Contains("tag", StringComparison.Ordinal) ? 2 : 1), (status, (int?)answer["purged"]));
        Assert.Equal(($"eventgateway; {users}", $"eventgateway; {events}"), (await StatusAsync(gateway, "/getUsers"), await StatusAsync(gateway, "/getEvents")));
    }

    [Theory]
    [InlineData("""{"route":"getUser","reason":"import"}""", "route")]
    [InlineData("""{"route":"addEvent","reason":"import"}""", "route")]   // keeps nothing
    [InlineData("""{"tag":"al","reason":"import"}""", "tag")]
    [InlineData("""{"route":"getUsers"}""", "reason")]
    [InlineData("""{"reason":"import"}""", "route")]
    [InlineData("""{"route":"getUsers","tag":"all","reason":"import"}""", "route")]
    [InlineData("""{"route":"getUsers","reason":"import","all":true}""", "all")]
    [InlineData("[]", null)]
    public async Task Purge_ThatCantBeMeant_IsA400ThatSaysWhy(string body, string? member)
    {
        await using var gateway = await StartAsync();
        var (status, answer) = await PurgeAsync(gateway, body);
        Assert.Equal((400, "invalid_body", member), (status, (string?)answer["code"], (string?)answer["member"]));
    }

    [Theory]
    [InlineData("""{"route":"getUser","reason":"import"}""", "no route or aggregation whose answers are kept is called 'getUser'; known are getEvents, getUsers; did you mean 'getUsers'?")]
    [InlineData("""{"tag":"none","reason":"import"}""", "no policy that is in use has the tag 'none'; known are all.")]
    public async Task Purge_OfWhatThereIsNot_SaysWhatThereIs(string body, string detail)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(detail, (string?)(await PurgeAsync(gateway, body)).Answer["detail"]);
    }

    [Fact]
    public async Task Purge_WithoutTheToken_IsA401()
    {
        await using var gateway = await StartAsync();
        gateway.Admin.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await PurgeAsync(gateway, """{"route":"getUsers","reason":"import"}""")).Status);
    }

    private static Task<ManagedGateway> StartAsync() => ManagedGateway.StartAsync(root =>
    {
        root["OutputCachePolicies"] = JsonNode.Parse("""{ "p": { "Duration": "00:01:00", "Tags": [ "all" ] } }""");
        foreach (var route in (string[])["getUsers", "getEvents"])
        {
            root["ReverseProxy"]!["Routes"]![route]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "p" };
        }
    });

    private static async Task<string> StatusAsync(ManagedGateway gateway, string path)
    {
        using var response = await gateway.Gateway.Client.GetAsync(path, Token);
        return Assert.Single(response.Headers.GetValues("Cache-Status"));
    }

    private static async Task<(int Status, JsonNode Answer)> PurgeAsync(ManagedGateway gateway, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await gateway.Admin.PostAsync("/admin/cache/purge", content, Token);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!);
    }
}
