using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Commands;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Management;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Authentication;

/// <summary>Policies on routes and aggregations, and what else shows of them.</summary>
public sealed class AuthorizationTests
{
    private const string Aggregated = "/getEventsByUserId/1";
    private const string Active = "http_server_active_requests{http_request_method=\"GET\",url_scheme=\"http\"}";

    private static readonly TestKey A = TestKey.Rsa("a");

    [Fact]
    public async Task Aggregation_WithoutToken_MakesNoCall()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.SendAsync(Http.Get(Aggregated));

        Problem.Of(response, 401, "unauthenticated");
        Assert.Equal(["Bearer", "ApiKey"], response.Headers.All("WWW-Authenticate"));
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(1, await gateway.Gateway.MetricAsync("""gateway_requests_rejected_total{reason="auth",route="eventsByUser"}"""));
    }

    [Fact]
    public async Task Aggregation_TakesTokensAndKeys()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, (await gateway.SendAsync(Http.Get(Aggregated, $"Authorization: Bearer {gateway.Token(A)}"))).Status);
        Assert.Equal(200, (await gateway.SendAsync(Http.Get(Aggregated, "X-Api-Key: guest"))).Status);
    }

    // One of the two would do; the better one isn't looked for.
    [Fact]
    public async Task Client_WithABadTokenAndAGoodKey_IsToldOfTheToken()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var expired = gateway.Token(A, payload => payload["exp"] = 1);

        var response = await gateway.SendAsync(Http.Get(Aggregated, $"Authorization: Bearer {expired}", "X-Api-Key: guest"));

        Problem.Of(response, 401, "unauthenticated");
        Assert.Equal(["Bearer error=\"invalid_token\", error_description=\"The token has expired.\"", "ApiKey"], response.Headers.All("WWW-Authenticate"));
    }

    [Fact]
    public async Task Client_WithABadKeyWhereTokensAreTakenToo_HearsNothingOfTokens()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(["Bearer", "ApiKey"], (await gateway.SendAsync(Http.Get(Aggregated, "X-Api-Key: wrong"))).Headers.All("WWW-Authenticate"));
    }

    [Fact]
    public async Task Route_ThatAsksNothing_TakesWhateverComes()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, (await gateway.SendAsync(Http.Get("/getEvents", "Authorization: Bearer x"))).Status);
        Assert.Equal("Bearer x", Assert.Single(gateway.Upstream.Requests).Headers["Authorization"]);
    }

    // The client's mistakes aren't told to somebody who may not send anything, and no breaker hears of him.
    [Fact]
    public async Task Refusal_ComesBeforeTheBodyIsLookedAt()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Problem.Of(await gateway.SendAsync(Http.Post("{}")), 401, "unauthenticated");
        Problem.Of(await gateway.SendAsync(Http.PostHead("Content-Length: 100000000", "Content-Type: application/json")), 401, "unauthenticated");
    }

    [Fact]
    public async Task Edit_ThatAddsAPolicy_HoldsAtOnce()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, (await gateway.SendAsync(Http.Get("/getEvents"))).Status);

        await gateway.EditAsync(root => root["ReverseProxy"]!["Routes"]!["getEvents"]!["AuthorizationPolicy"] = "anyone");
        Assert.Equal(401, (await gateway.SendAsync(Http.Get("/getEvents"))).Status);

        await gateway.EditAsync(root => root["AuthorizationPolicies"]!["readers"]!["Scopes"] = new JsonArray("events.admin"));
        Assert.Equal(200, (await gateway.SendAsync(Http.Get("/getEvents"))).Status);
        Assert.Equal(403, await gateway.StatusAsync(gateway.Token(A)));
    }

    // It waits for keys while the file changes: the policy that it began with decides, and the route that it began with serves it.
    [Fact]
    public async Task Request_ThatWaitsForKeysDuringAnEdit_EndsOnWhatItBeganWith()
    {
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var issuer = new TestIssuer(A);
        await using var slow = RawUpstream.Start(async (_, connection) =>
        {
            asked.TrySetResult();
            await go.Task;
            await connection.RespondAsync(new JsonObject { ["issuer"] = issuer.Name, ["jwks_uri"] = $"{issuer.Name}/keys" }.ToJsonString());
        });
        await using var gateway = await GuardedGateway.StartAsync(issuer, root => root["Authentication"]!["JwtBearer"]!["corp"]!["MetadataAddress"] = slow.Address);
        await asked.Task.InTime();
        var waiting = gateway.GetAsync(gateway.Token(A));
        await Edits.UntilAsync(async () => await gateway.Gateway.MetricAsync(Active) > 1);   // it, and the one that asks

        await gateway.EditAsync(root =>
        {
            root["Authentication"]!["JwtBearer"]!["corp"]!["MetadataAddress"] = slow.Address;
            root["AuthorizationPolicies"]!["readers"]!["Scopes"] = new JsonArray("events.admin");
        });
        go.SetResult();

        Assert.Equal(200, (await waiting.InTime()).Status);
        Assert.Equal(403, await gateway.StatusAsync(gateway.Token(A)));
    }

    [Fact]
    public async Task Explain_GuardedRoute_SaysWhoMay()
    {
        var explanation = await Explaining.ExplainAsync("GET", "/getUsers", root =>
        {
            root["Authentication"] = JsonNode.Parse(
                $$"""
                {
                  "JwtBearer": { "corp": { "Issuer": "i", "Audiences": [ "a" ], "MetadataAddress": "https://login.example.com/meta" } },
                  "ApiKeys": { "Keys": { "cron": { "Hashes": [ "{{GuardedGateway.HashOf("x")}}" ] } } }
                }
                """);
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Scopes": [ "a", "b" ], "Claims": { "role": [ "admin", "ops" ] } } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
        });

        Assert.Equal(["with a token of corp, or an API key in X-Api-Key", "that has the scopes a and b", "whose role is admin or ops"], explanation.Rows("clients"));
    }

    [Fact]
    public async Task Admin_ShowsPoliciesAndNoSecret()
    {
        await using var gateway = await ManagedGateway.StartAsync(root =>
        {
            root["Authentication"] = JsonNode.Parse(
                $$"""
                {
                  "JwtBearer": { "corp": { "Issuer": "i", "Audiences": [ "a" ], "SymmetricKeys": [ "YSBzZWNyZXQgb2YgMzIgYnl0ZXMgYW5kIHNvbWUgbW9yZQ==" ] } },
                  "ApiKeys": { "Header": "X-Key", "Keys": { "cron": { "Hashes": [ "{{GuardedGateway.HashOf("x")}}" ], "Scopes": [ "s" ] } } }
                }
                """);
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Schemes": [ "corp", "ApiKey" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
        });

        var settings = (await gateway.GetAsync("/admin/config")).Body["settings"]!.AsArray().ToDictionary(s => (string)s!["path"]!, s => (string?)s!["value"]);
        Assert.Equal("(redacted)", settings["Authentication.JwtBearer.corp.SymmetricKeys[0]"]);
        Assert.Equal("(redacted)", settings["Authentication.ApiKeys.Keys.cron.Hashes[0]"]);
        Assert.Equal("X-Key", settings["Authentication.ApiKeys.Header"]);
        Assert.Equal("s", settings["Authentication.ApiKeys.Keys.cron.Scopes[0]"]);
        Assert.Equal("corp", settings["AuthorizationPolicies.readers.Schemes[0]"]);
        Assert.Equal("readers", settings["ReverseProxy.Routes.getUsers.AuthorizationPolicy"]);
        var routes = (await gateway.GetAsync("/admin/routes")).Body["routes"]!.AsArray();
        Assert.Equal("readers", (string?)routes.Single(route => (string?)route!["name"] == "getUsers")!["authorizationPolicy"]);
    }
}
