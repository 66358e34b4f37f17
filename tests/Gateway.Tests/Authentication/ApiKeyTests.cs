using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Authentication;

/// <summary>Which API keys open a route, and where they end.</summary>
public sealed class ApiKeyTests
{
    private static readonly TestKey A = TestKey.Rsa("a");

    [Theory]
    [InlineData(GuardedGateway.Key)]
    [InlineData(GuardedGateway.NextKey)]
    public async Task Key_WithOneOfItsHashes_IsTakenAndNotPassedOn(string key)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.PostAsync(key);

        Assert.Equal(200, response.Status);
        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Null(seen.Headers["X-Api-Key"]);
        var line = await gateway.Gateway.Log.NextAsync();
        Assert.Equal("cron", (string?)line["client"]);
        Assert.DoesNotContain(key, line.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("4f6d0a5c-firs")]
    [InlineData("4f6d0a5c-first, 4f6d0a5c-first")]
    [InlineData("4F6D0A5C-FIRST")]
    public async Task Key_OfNobody_Is401(string key)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.PostAsync(key);

        Assert.Equal("The API key isn't known.", (string?)Problem.Of(response, 401, "unauthenticated")["detail"]);
        Assert.Equal("ApiKey", response.Headers["WWW-Authenticate"]);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Key_ThatIsItsOwnHash_Is401()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(401, (await gateway.PostAsync(GuardedGateway.HashOf(GuardedGateway.Key))).Status);
        Assert.Equal(401, (await gateway.PostAsync(GuardedGateway.HashOf(GuardedGateway.Key)["sha256:".Length..])).Status);
    }

    [Fact]
    public async Task Key_Twice_Is401EvenIfBothAreGood()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var header = $"X-Api-Key: {GuardedGateway.Key}";
        var response = await gateway.SendAsync(Http.Post(WiredGateway.NewEvent, header, header));
        Assert.Equal("There is more than one X-Api-Key header.", (string?)Problem.Of(response, 401, "unauthenticated")["detail"]);
    }

    [Fact]
    public async Task Key_WithoutTheScope_Is403()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var response = await gateway.PostAsync("guest");
        Problem.Of(response, 403, "forbidden");
        Assert.Null(response.Headers["WWW-Authenticate"]);   // another token would not help, since none is taken
        Assert.Equal(1, await gateway.Gateway.MetricAsync("""gateway_requests_rejected_total{reason="auth",route="addEvent"}"""));
    }

    [Fact]
    public async Task Key_TakenOutByAnEdit_IsRefusedAtOnce()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, (await gateway.PostAsync(GuardedGateway.Key)).Status);

        await gateway.EditAsync(root => root["Authentication"]!["ApiKeys"]!["Keys"]!["cron"]!["Hashes"] = new JsonArray(GuardedGateway.HashOf(GuardedGateway.NextKey)));

        Assert.Equal(401, (await gateway.PostAsync(GuardedGateway.Key)).Status);
        Assert.Equal(200, (await gateway.PostAsync(GuardedGateway.NextKey)).Status);
    }

    [Fact]
    public async Task Key_WhereOnlyTokensAreTaken_IsNeitherJudgedNorPassedOn()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(401, (await gateway.SendAsync(Http.Get("/getUsers", $"X-Api-Key: {GuardedGateway.Key}"))).Status);
        var response = await gateway.SendAsync(Http.Get("/getUsers", $"X-Api-Key: {GuardedGateway.Key}", $"Authorization: Bearer {gateway.Token(A)}"));

        Assert.Equal(200, response.Status);
        Assert.Null(Assert.Single(gateway.Upstream.Requests).Headers["X-Api-Key"]);
    }

    // It may be a header of the upstream's own.
    [Fact]
    public async Task Key_OnARouteThatAsksNothing_IsPassedOn()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, (await gateway.SendAsync(Http.Get("/getEvents", "X-Api-Key: x"))).Status);
        Assert.Equal("x", Assert.Single(gateway.Upstream.Requests).Headers["X-Api-Key"]);
    }

    [Fact]
    public async Task Key_OfTheUpstreamThatATransformSets_ReachesIt()
    {
        await using var gateway = await GuardedGateway.StartAsync(
            A, root => root["ReverseProxy"]!["Routes"]!["addEvent"]!["Transforms"]!.AsArray().Add(JsonNode.Parse("""{ "RequestHeader": "X-Api-Key", "Set": "upstreams" }""")));
        Assert.Equal(200, (await gateway.PostAsync(GuardedGateway.Key)).Status);
        Assert.Equal("upstreams", Assert.Single(gateway.Upstream.Requests).Headers["X-Api-Key"]);
    }

    [Fact]
    public async Task Key_InAHeaderOfTheOperatorsChoice_IsTaken()
    {
        await using var gateway = await GuardedGateway.StartAsync(A, root => root["Authentication"]!["ApiKeys"]!["Header"] = "X-Events");
        Assert.Equal(401, (await gateway.PostAsync(GuardedGateway.Key)).Status);
        Assert.Equal(200, (await gateway.SendAsync(Http.Post(WiredGateway.NewEvent, $"X-Events: {GuardedGateway.Key}"))).Status);
    }
}
