using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Paths below the prefix of a version, and what those hear who don't use it.</summary>
public sealed class VersionTests
{
    private const string Old = "@1793491200";   // 2026-11-01
    private const string Page = "https://docs.example.com/v1";
    private const string Links = $"<{Page}>; rel=\"deprecation sunset\"";

    [Theory]
    [InlineData("/v1/getUsers", "/getUsers")]
    [InlineData("/V1/getUsers?a=b%2Fc", "/getUsers?a=b%2Fc")]
    [InlineData("/%761/getUsers", "/getUsers")]
    [InlineData("http://gateway.test/v1/getUsers", "/getUsers")]
    [InlineData("/v1/files/a%2Fb%20c", "/files/a%2Fb%20c")]
    [InlineData("/v1/files/v1/x", "/files/v1/x")]
    [InlineData("/v1/old/a/b", "/new/a/b")]
    [InlineData("/v1/pattern/7", "/by/7")]
    [InlineData("/v1", "/")]
    [InlineData("/v1/", "/")]
    public async Task Path_BelowThePrefix_ReachesTheUpstreamWithoutIt(string target, string upstream)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync(target);

        Assert.Equal((200, upstream), (response.Status, Assert.Single(gateway.Upstream.Requests).Target));
        Assert.Equal("/v1", gateway.Upstream.Requests[0].Headers["X-Forwarded-Prefix"], ignoreCase: true);
        Assert.Null(response.Headers["Deprecation"]);
    }

    [Theory]
    [InlineData("/v1/getEventsByUserId/1")]
    [InlineData("/v1/getEventsByUserId/a%20b")]
    [InlineData("/%76%31/getEventsByUserId/1")]
    public async Task Aggregation_BelowThePrefix_HasItsParameters(string target)
    {
        await using var gateway = await StartAsync();

        Assert.Equal(200, (await gateway.GetAsync(target)).Status);

        Assert.Equal($"/getUserById/{target.Split('/')[^1]}", Assert.Single(gateway.Upstream.Requests).Target);
        Assert.Equal("/v1", gateway.Upstream.Requests[0].Headers["X-Forwarded-Prefix"]);
    }

    [Theory]
    [InlineData("/v1/getEvents")]      // not part of it
    [InlineData("/v1/health")]         // the gateway's own
    [InlineData("/v1/metrics")]
    [InlineData("/v1/v1/getUsers")]
    [InlineData("/v10/getUsers")]
    [InlineData("/v1/nothing")]
    [InlineData("//v1/getUsers")]
    public async Task Path_OfWhatIsNotInTheVersion_LeadsNowhere(string target)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.SendAsync(Http.Get(target));

        Problem.Of(response, 404, "no_route");
        Assert.Null(response.Headers["Deprecation"]);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal("none", (string?)(await gateway.FinishedAsync())["route"]);
    }

    [Theory]
    [InlineData("/v1/getEventsByUserId/..%2F")]
    [InlineData("/v1/files/%252e%252e/x")]
    public async Task Path_WithAHiddenDotSegment_IsRefusedAsWithoutAVersion(string target)
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.SendAsync(Http.Get(target)), 400, "bad_path");
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Path_WhosePrefixShowsOnlyWithoutDotSegments_GoesByTheResolvedPath()
    {
        await using var gateway = await StartAsync();

        Assert.Equal(200, (await gateway.GetAsync("/x/../v1/files/%2e/a")).Status);
        Problem.Of(await gateway.SendAsync(Http.Get("/x/../v1/getEventsByUserId/1")), 400, "bad_path");

        Assert.Equal("/files/a", Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Prefix_SaidByTheClient_IsNotBelieved(string target)
    {
        await using var gateway = await StartAsync();

        await gateway.GetAsync(target, "X-Forwarded-Prefix: /evil");

        Assert.Null(gateway.Upstream.Requests[0].Headers["X-Forwarded-Prefix"]);
    }

    [Fact]
    public async Task Answer_OfADeprecatedPath_SaysSoAndNamesTheNewOne()
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync("/getUsers?page=2");

        Assert.Equal((200, Old, "Wed, 30 Jun 2027 00:00:00 GMT"), (response.Status, response.Headers["Deprecation"], response.Headers["Sunset"]));
        Assert.Equal(
            ["<https://upstream.example.com>; rel=\"help\"", Links, "</v1/getUsers>; rel=\"successor-version\""], response.Headers.All("Link"));
    }

    [Theory]
    [InlineData("/getEvents")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Answer_OfADeprecatedPathAndItsSuccessor_NamesOnlyWhatIsThere(string target)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync(target);

        Assert.Equal(Old, response.Headers["Deprecation"]);
        Assert.Equal(target != "/getEvents", response.Headers.All("Link").Any(link => link == $"<{"/v1" + target}>; rel=\"successor-version\""));
    }

    [Fact]
    public async Task Error_OfTheGatewayForADeprecatedPath_SaysSoToo()
    {
        await using var gateway = await StartAsync();

        var refused = await gateway.PostAsync("{}");
        Problem.Of(refused, 400, "invalid_body");

        Assert.Equal((Old, "Wed, 30 Jun 2027 00:00:00 GMT"), (refused.Headers["Deprecation"], refused.Headers["Sunset"]));
        Assert.Equal([Links, "</v1/addEvent>; rel=\"successor-version\""], refused.Headers.All("Link"));
    }

    [Theory]
    [InlineData("DELETE", "/getUsers", 405, "method_not_allowed", false)]   // what is there takes others: nobody knows what this one is after
    [InlineData("TRACE", "/files/a", 405, "method_not_allowed", true)]
    [InlineData("GET", "/getEventsByUserId/..%2F", 400, "bad_path", false)]
    public async Task Refusal_OfADeprecatedPath_SaysSoToo(string method, string target, int status, string code, bool hasSuccessor)
    {
        await using var gateway = await StartAsync();

        var refused = await gateway.SendAsync(Http.Head(method, target));

        Problem.Of(refused, status, code);
        Assert.Equal((Old, "Wed, 30 Jun 2027 00:00:00 GMT"), (refused.Headers["Deprecation"], refused.Headers["Sunset"]));
        Assert.Equal(hasSuccessor ? [Links, $"</v1{target}>; rel=\"successor-version\""] : [Links], refused.Headers.All("Link"));
    }

    [Theory]
    [InlineData("GET", "/health")]
    [InlineData("POST", "/health")]
    [InlineData("GET", "/nothing")]
    public async Task Pages_OfTheGatewayAndUnknownPaths_AreNotDeprecated(string method, string target)
    {
        await using var gateway = await StartAsync();
        Assert.Null((await gateway.SendAsync(Http.Head(method, target, "Content-Length: 0"))).Headers["Deprecation"]);
    }

    [Fact]
    public async Task Preflight_BelowThePrefix_IsAnswered()
    {
        await using var gateway = await StartAsync();

        var response = await gateway.SendAsync(Http.Head(
            "OPTIONS", "/v1/getUsers", "Origin: https://app.example.com", "Access-Control-Request-Method: GET"));

        Assert.Equal((204, "https://app.example.com"), (response.Status, response.Headers["Access-Control-Allow-Origin"]));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Method_ThatNobodyTakesBelowThePrefix_Is405()
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.SendAsync(Http.Head("DELETE", "/v1/getUsers")), 405, "method_not_allowed");
    }

    [Fact]
    public async Task Metrics_OfDeprecatedPaths_CountThoseOnly()
    {
        await using var gateway = await StartAsync();

        Assert.Equal(0, await UsesAsync("getUsers"));
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/v1/getUsers");
        await gateway.GetAsync("/getEventsByUserId/1");

        Assert.Equal((2, 1, 0), (await UsesAsync("getUsers"), await UsesAsync("eventsByUser"), await UsesAsync("addEvent")));
        Assert.Null(await gateway.MetricAsync("gateway_deprecated_requests_total{route=\"getUsers\",version=\"v1\"}"));

        Task<double?> UsesAsync(string route) => gateway.MetricAsync($"gateway_deprecated_requests_total{{route=\"{route}\",version=\"old\"}}");
    }

    [Fact]
    public async Task Metrics_OfADeprecatedRouteThatIsListedInOtherLetters_CountIt()
    {
        await using var gateway = await StartAsync(root =>
        {
            root["Versions"]!["old"]!["Routes"] = new JsonArray("GETUSERS");
            root["Versions"]!["old"]!["Aggregations"] = new JsonArray("EventsByUser");
        });

        await gateway.GetAsync("/getUsers");
        await gateway.GetAsync("/getEventsByUserId/1");

        foreach (var name in (string[])["getUsers", "eventsByUser"])
        {
            Assert.Equal(1, await gateway.MetricAsync($"gateway_deprecated_requests_total{{route=\"{name}\",version=\"old\"}}"));
        }
    }

    [Fact]
    public async Task AccessLog_OfAVersionedRequest_HasTheRouteAndThePathAsItCame()
    {
        await using var gateway = await StartAsync();

        await gateway.SendAsync(Http.Get("/v1/getUsers"));
        var line = await gateway.FinishedAsync();

        Assert.Equal(("getUsers", "v1", "/v1/getUsers"), ((string?)line["route"], (string?)line["version"], (string?)line["path"]));
    }

    [Fact]
    public async Task WhatTheRootVersionLeavesOut_IsThereBelowThePrefixOnly()
    {
        await using var gateway = await StartAsync(root => root["Versions"]!["old"]!["Routes"] = new JsonArray("getEvents"));

        Problem.Of(await gateway.SendAsync(Http.Get("/getUsers")), 404, "no_route");
        Assert.Equal(200, (await gateway.GetAsync("/v1/getUsers")).Status);
        Assert.Equal(200, (await gateway.GetAsync("/getEvents")).Status);
    }

    [Fact]
    public async Task OfTwoPrefixes_TheLongerOneHolds()
    {
        await using var gateway = await StartAsync(root => root["Versions"]!["beta"] = JsonNode.Parse("""{ "Prefix": "/v1/beta", "Routes": [ "getEvents" ] }"""));

        Assert.Equal(200, (await gateway.GetAsync("/v1/beta/getEvents")).Status);
        Problem.Of(await gateway.SendAsync(Http.Get("/v1/beta/getUsers")), 404, "no_route");
        Assert.Equal("/getEvents", Assert.Single(gateway.Upstream.Requests).Target);
    }

    private static Task<WiredGateway> StartAsync(Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        (request, answer) => answer.SendAsync(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLink: <https://upstream.example.com>; rel=\"help\"\r\nDeprecation: @1\r\n"
                .Replace(request.Target.StartsWith("/getUsers?page", StringComparison.Ordinal) ? "\0" : "Deprecation: @1\r\n", "", StringComparison.Ordinal)
            + (request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? "Content-Length: 13\r\n\r\n{\"events\":[]}" : "Content-Length: 2\r\n\r\n[]")),
        root =>
        {
            root["CorsPolicies"] = JsonNode.Parse("""{ "web": { "Origins": [ "https://app.example.com" ] } }""");
            var routes = root["ReverseProxy"]!["Routes"]!;
            routes["getUsers"]!["CorsPolicy"] = "web";
            routes["files"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/files/{**path}" } }""");
            routes["root"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/" } }""");
            routes["old"] = JsonNode.Parse(
                """
                {
                  "ClusterId": "event-api", "Match": { "Path": "/old/{**path}" },
                  "Transforms": [ { "PathRemovePrefix": "/old" }, { "PathPrefix": "/new" } ]
                }
                """);
            routes["pattern"] = JsonNode.Parse(
                """{ "ClusterId": "event-api", "Match": { "Path": "/pattern/{id}" }, "Transforms": [ { "PathPattern": "/by/{id}" } ] }""");
            root["Versions"] = JsonNode.Parse(
                $$"""
                {
                  "v1": { "Prefix": "/v1", "Routes": [ "getUsers", "addEvent", "files", "old", "pattern", "root" ] },
                  "old": {
                    "Prefix": "/", "Deprecated": { "Since": "2026-11-01", "Sunset": "2027-06-30", "Link": "{{Page}}", "Successor": "v1" }
                  }
                }
                """);
            edit?.Invoke(root);
        });
}
