using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Management;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The description of the API, as clients get it.</summary>
public sealed class OpenApiTests
{
    private const string Path = "/openapi/v1.json";

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public async Task Document_UnlessItIsWanted_IsNotThereForClients(bool? isPublic)
    {
        await using var gateway = await StartAsync(edit: root =>
        {
            root.AsObject().Remove("PublicOpenApi");
            if (isPublic is { } said)
            {
                root["PublicOpenApi"] = said;
            }
        });
        Problem.Of(await gateway.SendAsync(Http.Get(Path)), 404, "no_route");
    }

    [Fact]
    public async Task Document_OfTheShippedFile_IsThereForClients()
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"));
        var response = await gateway.SendAsync(Http.Get(Path));
        Assert.Equal((200, "/"), (response.Status, (string?)JsonNode.Parse(response.Text)!["servers"]![0]!["url"]));
    }

    // Nothing of the API answers where an operator reads this.
    [Fact]
    public async Task Document_OnTheManagementPort_NamesThePublicPort()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, body) = await gateway.GetAsync(Path);
        Assert.Equal((200, gateway.Gateway.Port), (status, new Uri((string)body["servers"]![0]!["url"]!).Port));
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

    private static Task<WiredGateway> StartAsync(Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        (_, answer) => answer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        root =>
        {
            root["PublicOpenApi"] = true;
            edit?.Invoke(root);
        });
}
