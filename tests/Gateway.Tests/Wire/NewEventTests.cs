using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>The body of <c>POST /addEvent</c> between client and upstream: how it may be sent, what is refused, and what arrives.</summary>
public sealed class NewEventTests
{
    private const int Limit = 64 * 1024;
    private const string Json = "Content-Type: application/json";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"name":"Party","userId":"1"}""")]
    [InlineData("{ \"name\" : \"J\u00fcrgen \U0001F389\",\r\n\t\"userId\":1 , \"x\":[1e400, 12345678901234567890, \"\\u00e9\\/\"], \"a\":1, \"a\":2 }\n")]
    public async Task Body_WithoutAnId_GetsOneAsItsFirstMemberAndIsOtherwiseUntouched(string body)
    {
        await using var gateway = await StartAsync();
        await gateway.PostAsync(body);
        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Matches("^{\"id\":[0-9]{10,16},", seen.Text);
        Assert.Equal(Encoding.UTF8.GetBytes(body), Encoding.UTF8.GetBytes(new Regex("\"id\":[0-9]+,").Replace(seen.Text, "", count: 1)));
        Assert.Equal($"{seen.Body.Length}", seen.Headers["Content-Length"]);
    }

    [Theory]
    [InlineData("""{"id":1,"name":"Party","userId":"1"}""")]
    [InlineData("""  {"userId":"1","name":"Party" ,"id":"my-own"}  """)]
    public async Task Body_WithAnId_ReachesTheUpstreamByteForByte(string body)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.PostAsync(body)).Status);
        Assert.Equal(Encoding.UTF8.GetBytes(body), Assert.Single(gateway.Upstream.Requests).Body);
    }

    [Fact]
    public async Task Id_OfConcurrentPosts_IsUniqueAndFitsADouble()
    {
        await using var gateway = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => gateway.PostAsync("""{"name":"Party","userId":"1"}""")));
        var ids = gateway.Upstream.Requests.Select(request => (long)System.Text.Json.Nodes.JsonNode.Parse(request.Text)!["id"]!).ToList();
        Assert.Equal(50, ids.Distinct().Count());
        Assert.All(ids, id => Assert.InRange(id, 1, 1L << 53));
    }

    [Fact]
    public async Task Body_InChunks_ReachesTheUpstreamInOnePieceWithALength()
    {
        const string Body = """{"id":1,"name":"Jürgen","userId":"1"}""";
        await using var gateway = await StartAsync();
        var bytes = Encoding.UTF8.GetBytes(Body);
        var cut = Array.IndexOf(bytes, (byte)0xC3) + 1;   // within a character
        var response = await gateway.SendAsync(
            Http.PostHead(Json, "Transfer-Encoding: chunked")
            + Chunk(bytes[..cut], ";ext=\"1\"") + Chunk(bytes[cut..]) + "0\r\nX-Trailer: 1\r\n\r\n");

        Assert.Equal(200, response.Status);
        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(bytes, seen.Body);
        Assert.Equal($"{bytes.Length}", seen.Headers["Content-Length"]);
        Assert.Empty(seen.Headers.All("Transfer-Encoding"));
        Assert.Empty(seen.Headers.All("X-Trailer"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_WithoutAnIdThatIsLong_GetsOneAndIsOtherwiseUntouched(bool inChunks)
    {
        await using var gateway = await StartAsync();
        var body = $"  {BodyOf(Limit - 2).Replace("\"id\":1,", "", StringComparison.Ordinal)}";
        Assert.Equal(200, (await gateway.SendAsync(inChunks ? InChunks(body) : Http.Post(body))).Status);
        var seen = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(body, new Regex("\"id\":[0-9]+,").Replace(seen.Text, "", count: 1));
        Assert.Equal($"{seen.Body.Length}", seen.Headers["Content-Length"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_OfExactlyTheLimit_IsTaken(bool inChunks)
    {
        await using var gateway = await StartAsync();
        var body = BodyOf(Limit);
        var response = await gateway.SendAsync(inChunks ? InChunks(body) : Http.Post(body));
        Assert.Equal(200, response.Status);
        Assert.Equal(body, Assert.Single(gateway.Upstream.Requests).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_OneByteOverTheLimit_IsA413AndTheEndOfTheConnection(bool inChunks)
    {
        await using var gateway = await StartAsync();
        var body = BodyOf(Limit + 1);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(inChunks ? InChunks(body) : Http.Post(body), Token);
        var response = await client.ReadResponseAsync(Token);
        Problem.Of(response, 413, "too_large");
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        await AssertUntouchedAsync(gateway);
    }

    [Theory]
    [InlineData("Content-Length: 1000000")]
    [InlineData("Content-Length: 9223372036854775807")]
    [InlineData("Content-Length: 1000000", "Expect: 100-continue")]
    public async Task Length_OverTheLimit_IsRefusedBeforeTheBodyComes(params string[] headers)
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.SendAsync(Http.PostHead([Json, .. headers])), 413, "too_large");
        await AssertUntouchedAsync(gateway);
    }

    [Theory]
    [InlineData]
    [InlineData("Content-Type: text/plain")]
    [InlineData("Content-Type: application/x-www-form-urlencoded")]
    [InlineData("Content-Type: application/jsonx")]
    [InlineData("Content-Type: ")]
    [InlineData("Content-Type: application/json; charset=iso-8859-1")]
    [InlineData("Content-Type: application/json", "Content-Type: text/plain")]
    [InlineData("Content-Type: application/json", "Content-Encoding: gzip")]
    public async Task MediaType_OtherThanPlainJson_IsA415(params string[] headers)
    {
        await using var gateway = await StartAsync();
        var request = Http.PostHead([$"Content-Length: {WiredGateway.NewEvent.Length}", .. headers]) + WiredGateway.NewEvent;
        Problem.Of(await gateway.SendAsync(request), 415, "unsupported_media_type");
        await AssertUntouchedAsync(gateway);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    [InlineData("Application/JSON")]
    public async Task MediaType_OfJson_IsTakenAndPassedOn(string type)
    {
        await using var gateway = await StartAsync();
        var request = Http.PostHead($"Content-Length: {WiredGateway.NewEvent.Length}", $"Content-Type: {type}") + WiredGateway.NewEvent;
        Assert.Equal(200, (await gateway.SendAsync(request)).Status);
        Assert.Equal(type, Assert.Single(gateway.Upstream.Requests).Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("""{"userId":"1"}""", "name")]
    [InlineData("""{"name":"","userId":"1"}""", "name")]
    [InlineData("""{"name":"Party"}""", "userId")]
    [InlineData("""{"name":"Party","userId":1.5}""", "userId")]
    [InlineData("""{"name":"Party","userId":"1","id":null}""", "id")]
    [InlineData("""{"name":"Party","userId":"1","userId":"2"}""", "userId")]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    public async Task Body_ThatIsNoEvent_IsA400ThatNamesTheMember(string body, string? member)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(member, (string?)Problem.Of(await gateway.PostAsync(body), 400, "invalid_body")["member"]);
        await AssertUntouchedAsync(gateway);
    }

    [Fact]
    public async Task Body_WithoutALength_IsEmpty()
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.SendAsync(Http.PostHead(Json)), 400, "invalid_body");
    }

    [Fact]
    public async Task Connection_AfterARefusedBody_ServesTheNextRequest()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        const string NotARequest = "GET /getEvents HTTP/1.1\r\nHost: a\r\n\r\n";
        await client.SendAsync(Http.PostHead("Content-Type: text/plain", $"Content-Length: {NotARequest.Length}") + NotARequest, Token);
        await client.SendAsync(Http.Get("/getUsers"), Token);
        Assert.Equal(415, (await client.ReadResponseAsync(Token)).Status);
        Assert.Equal(200, (await client.ReadResponseAsync(Token)).Status);
        Assert.Equal("/getUsers", Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\n")]
    [InlineData("5\r\n{\"i\"::x\r\n")]   // longer than it says
    [InlineData("-1\r\n")]
    [InlineData("5;\n{\"id\"\r\n")]       // a bare line feed within the extension
    public async Task Chunks_ThatAreNone_AreA400AndTheEndOfTheConnection(string chunks)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead(Json, "Transfer-Encoding: chunked") + chunks, Token);
        var response = await client.ReadResponseAsync(Token);
        Problem.Of(response, 400, "unreadable_body");
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        await AssertUntouchedAsync(gateway);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_LeavesWithinTheBody_TouchesNeitherUpstreamNorBreaker(bool byReset)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead(Json, "Content-Length: 100", "Expect: 100-continue"), Token);
        Assert.Equal(100, (await client.ReadResponseAsync(Token)).Status);   // the gateway has begun to read
        (byReset ? (Action)client.Abort : client.CloseSending)();
        var line = await gateway.FinishedAsync();
        Assert.Equal((400, "unreadable_body"), ((int?)line["status"], (string?)line["cause"]));
        await AssertUntouchedAsync(gateway);
    }

    [Fact]
    public async Task Client_SendsTooSlowly_IsCutOffByTheServersMinimumRate()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Http.PostHead(Json, "Content-Length: 100") + "{", Token);   // and no more
        var response = await client.ReadResponseAsync(Token);                                // takes the server's five seconds of grace
        Problem.Of(response, 408, "unreadable_body");
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.Empty((await client.ReadToEndAsync(Token)).Bytes);
        await AssertUntouchedAsync(gateway);
    }

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((_, answer) => answer.RespondAsync("{}"));

    private static async Task AssertUntouchedAsync(WiredGateway gateway)
    {
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.CallsAsync("not_attempted", "local"));
        Assert.Equal(0, await gateway.CallsAsync("ignored", "client_abort"));
        Assert.Equal(0, await gateway.CallsAsync("success", "none"));
    }

    private static string BodyOf(int bytes)
    {
        var empty = """{"id":1,"name":"","userId":"1"}""";
        return empty.Replace("\"\"", $"\"{new string('x', bytes - empty.Length)}\"", StringComparison.Ordinal);
    }

    private static string InChunks(string body) =>
        Http.PostHead(Json, "Transfer-Encoding: chunked")
        + string.Concat(body.Chunk(1000).Select(part => Chunk(Encoding.UTF8.GetBytes(part)))) + "0\r\n\r\n";

    private static string Chunk(byte[] bytes, string extension = "") =>
        $"{bytes.Length.ToString("x", CultureInfo.InvariantCulture)}{extension}\r\n{Encoding.Latin1.GetString(bytes)}\r\n";
}
