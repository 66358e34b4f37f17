using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The description of the API, as clients get it.</summary>
public sealed class OpenApiTests
{
    private const string Path = "/openapi/v1.json";

    [Fact]
    public async Task Document_ByDefault_IsNotThereForClients()
    {
        await using var gateway = await StartAsync(isPublic: false);
        Problem.Of(await gateway.SendAsync(Http.Get(Path)), 404, "no_route");
    }

    [Fact]
    public async Task Document_WherePublic_IsJsonThatBrowsersTakeForNothingElse()
    {
        await using var gateway = await StartAsync();

        var response = await gateway.SendAsync(Http.Get(Path));

        Assert.Equal((200, "application/json", "nosniff", "no-cache"), (
            response.Status, response.Headers["Content-Type"], response.Headers["X-Content-Type-Options"], response.Headers["Cache-Control"]));
        Assert.NotNull(JsonNode.Parse(response.Text)!["paths"]!["/getUsers"]);
    }

    [Fact]
    public async Task Document_ThatTheClientHas_IsNotSentAgain()
    {
        await using var gateway = await StartAsync();
        var first = await gateway.SendAsync(Http.Get(Path));
        var tag = first.Headers["ETag"]!;

        foreach (var header in (string[])[tag, $"W/{tag}", $"\"other\", {tag}", "*"])
        {
            var again = await gateway.SendAsync(Http.Get(Path, $"If-None-Match: {header}"));
            Assert.Equal((304, tag, 0), (again.Status, again.Headers["ETag"], again.Body.Length));
        }

        Assert.Equal(200, (await gateway.SendAsync(Http.Get(Path, "If-None-Match: \"other\""))).Status);
        var head = await gateway.SendAsync(Http.Head("HEAD", Path));
        Assert.Equal((200, first.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)), (head.Status, head.Headers["Content-Length"]));
    }

    [Fact]
    public async Task Document_UnderAnyName_IsThere()
    {
        await using var gateway = await StartAsync(edit: root => root["AllowedHosts"] = new JsonArray("api.example.com"));
        Assert.Equal(200, (await gateway.SendAsync(Http.Get(Path))).Status);
    }

    private static Task<WiredGateway> StartAsync(bool isPublic = true, Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        (_, answer) => answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        root =>
        {
            root["PublicOpenApi"] = isPublic;
            edit?.Invoke(root);
        });
}
