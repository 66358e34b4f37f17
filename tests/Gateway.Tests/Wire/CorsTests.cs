using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>What browsers are told about pages of other origins.</summary>
public sealed class CorsTests
{
    private const string Page = "https://app.example.com";
    private const string Stranger = "https://evil.example.org";

    [Theory]
    [InlineData("/getUsers", "GET")]
    [InlineData("/addEvent", "POST")]
    [InlineData("/getEventsByUserId/1", "GET")]
    public async Task Preflight_FromAnAllowedOrigin_IsAnsweredByTheGateway(string path, string method)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.SendAsync(Preflight(path, Page, method, "Content-Type"));

        Assert.Equal(204, response.Status);
        Assert.Equal(
            (Page, method, "Content-Type", "600"),
            (response.Headers["Access-Control-Allow-Origin"], response.Headers["Access-Control-Allow-Methods"],
                response.Headers["Access-Control-Allow-Headers"], response.Headers["Access-Control-Max-Age"]));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData(Stranger, "GET", "Content-Type")]
    [InlineData("null", "GET", "Content-Type")]
    [InlineData("https://app.example.com.evil.example.org", "GET", "Content-Type")]
    public async Task Preflight_FromAnotherOrigin_PermitsNothing(string origin, string method, string header)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.SendAsync(Preflight("/getUsers", origin, method, header));

        Assert.Equal((204, null), (response.Status, response.Headers["Access-Control-Allow-Origin"]));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Preflight_ForAMethodThatTheRouteDoesNotTake_LeadsNowhere()
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.SendAsync(Preflight("/getUsers", Page, "DELETE", "Content-Type")), 404, "no_route");
    }

    [Fact]
    public async Task Preflight_WhereThereIsNoPolicy_IsA405()
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.SendAsync(Preflight("/getEvents", Page, "GET", "Content-Type")), 405, "method_not_allowed");
    }

    [Theory]
    [InlineData("/getUsers", Page, Page)]
    [InlineData("/getUsers", "https://one.example.net", "https://one.example.net")]
    [InlineData("/getUsers", Stranger, null)]
    [InlineData("/getEvents", Page, "*")]   // without a policy the upstream's word is passed on
    [InlineData("/getEventsByUserId/1", Page, Page)]
    [InlineData("/getEventsByUserId/1", Stranger, null)]
    public async Task Answer_ToAPage_SaysWhetherItMayBeRead(string path, string origin, string? allowed)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync(path, $"Origin: {origin}");

        Assert.Equal((200, allowed), (response.Status, response.Headers["Access-Control-Allow-Origin"]));
    }

    [Fact]
    public async Task Answer_OfAnUpstreamThatAllowsMore_IsHeldToThePolicy()
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync("/getUsers", $"Origin: {Page}");

        Assert.Equal(
            (Page, null, "Retry-After", "Origin"),
            (response.Headers["Access-Control-Allow-Origin"], response.Headers["Access-Control-Allow-Credentials"],
                response.Headers["Access-Control-Expose-Headers"], response.Headers["Vary"]));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getUsers", $"Origin: {Page}")]
    [InlineData("/getUsers", $"Origin: {Stranger}")]
    [InlineData("/getEventsByUserId/1")]
    public async Task Answer_WhoeverAsks_IsKeptApartByOriginInCaches(string path, params string[] headers)
    {
        await using var gateway = await StartAsync();
        Assert.Equal("Origin", (await gateway.GetAsync(path, headers)).Headers["Vary"]);
    }

    [Theory]
    [InlineData("/addEvent", 400)]
    [InlineData("/getEventsByUserId/", 400)]
    public async Task Error_OfTheGateway_CanBeReadByThePage(string path, int status)
    {
        await using var gateway = await StartAsync();

        var response = path == "/addEvent"
            ? await gateway.PostAsync("{}", $"Origin: {Page}")
            : await gateway.GetAsync(path, $"Origin: {Page}");

        Assert.Equal((status, Page), (response.Status, response.Headers["Access-Control-Allow-Origin"]));
    }

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync(
        (request, answer) => answer.SendAsync(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n"
            + (request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? "Content-Length: 13\r\n\r\n{\"events\":[]}" : "Content-Length: 2\r\n\r\n[]")),
        root =>
        {
            root["CorsPolicies"] = JsonNode.Parse(
                $$"""
                {
                  "web": {
                    "Origins": [ "{{Page}}", "https://*.example.net" ], "Headers": [ "Content-Type" ], "ExposedHeaders": [ "Retry-After" ],
                    "PreflightMaxAge": "00:10:00"
                  }
                }
                """);
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["CorsPolicy"] = "web";
            root["ReverseProxy"]!["Routes"]!["addEvent"]!["CorsPolicy"] = "web";
            root["Aggregations"]!["eventsByUser"]!["CorsPolicy"] = "web";
        });

    private static string Preflight(string path, string origin, string method, string header) => Http.Head(
        "OPTIONS", path, $"Origin: {origin}", $"Access-Control-Request-Method: {method}", $"Access-Control-Request-Headers: {header}");
}
