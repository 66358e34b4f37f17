using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>What is compressed on its way to the client, and what never is.</summary>
public sealed class CompressionTests
{
    private const string Plain = "Content-Type: application/json\r\n";

    private static readonly string Body = $"[{string.Join(',', Enumerable.Range(0, 500))}]";

    private string _headers = Plain;
    private string _status = "200 OK";
    private string _body = Body;

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, br", "br")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("br;q=0.5, gzip", "gzip")]
    [InlineData("br;q=0, gzip;q=0.1", "gzip")]
    [InlineData("*", "br")]
    [InlineData("*;q=0.5, br;q=0", "gzip")]
    [InlineData("*, br;q=0, gzip;q=0", null)]
    [InlineData("gzip;q=0.5, *;q=0.7", "br")]
    [InlineData("*;q=0.5, identity", null)]
    [InlineData("identity;q=0", null)]
    [InlineData("identity", null)]
    [InlineData("gzip;q=0", null)]
    [InlineData("identity, gzip;q=0.5", null)]
    [InlineData("deflate, zstd", null)]
    [InlineData("", null)]
    public async Task Answer_ThatCamePlain_IsCodedAsTheClientLikesItBest(string accepted, string? coding)
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync("/getUsers", $"Accept-Encoding: {accepted}");

        Assert.Equal((200, coding, "Accept-Encoding"), (response.Status, response.Headers["Content-Encoding"], response.Headers["Vary"]));
        Assert.Equal(Body, Decode(response));
        Assert.Equal(coding is not null, response.Body.Length < Body.Length);
        Assert.Equal(coding is null ? 1 : 0, response.Headers.All("Content-Length").Count());
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("identity", null)]
    public async Task AccessLog_OfAnAnswer_NamesTheCoding(string accepted, string? coding)
    {
        await using var gateway = await StartAsync();
        await gateway.SendAsync(Http.Get("/getUsers", [$"Accept-Encoding: {accepted}"]));
        Assert.Equal(coding, (string?)(await gateway.FinishedAsync())["compressed"]);
    }

    [Fact]
    public async Task Answer_ToAClientThatSaysNothing_IsPlainAndVaries()
    {
        await using var gateway = await StartAsync();
        var response = await gateway.GetAsync("/getUsers");
        Assert.Equal((null, "Accept-Encoding", Body), (response.Headers["Content-Encoding"], response.Headers["Vary"], response.Text));
    }

    [Theory]
    [InlineData("text/html; charset=utf-8")]
    [InlineData("application/problem+json")]
    [InlineData("image/svg+xml")]
    [InlineData("APPLICATION/JSON;charset=utf-8")]
    public async Task Text_OfOtherTypes_IsCompressed(string type)
    {
        _headers = $"Content-Type: {type}\r\n";
        await using var gateway = await StartAsync();
        Assert.Equal("br", (await GetAsync(gateway)).Headers["Content-Encoding"]);
    }

    [Theory]
    [InlineData("Content-Type: image/png\r\n")]
    [InlineData("Content-Type: text/event-stream\r\n")]
    [InlineData("Content-Type: application/grpc\r\n")]
    [InlineData("")]
    [InlineData($"{Plain}Content-Encoding: zstd\r\n")]
    [InlineData($"{Plain}Set-Cookie: session=1\r\n")]
    [InlineData($"{Plain}Cache-Control: private\r\n")]
    [InlineData($"{Plain}Cache-Control: max-age=0, No-Store\r\n")]
    [InlineData($"{Plain}Cache-Control: private=\"x\"\r\n")]
    [InlineData($"{Plain}Cache-Control: no-transform\r\n")]
    [InlineData($"{Plain}Repr-Digest: sha-256=:AAAA:\r\n")]
    [InlineData($"{Plain}Content-MD5: AAAA\r\n")]
    public async Task Answer_ThatIsNoPlainTextOrMayHoldASecret_StaysAsItIs(string headers)
    {
        _headers = headers;
        await using var gateway = await StartAsync();

        var response = await GetAsync(gateway);

        Assert.Equal(headers.Contains("zstd", StringComparison.Ordinal) ? "zstd" : null, response.Headers["Content-Encoding"]);
        Assert.Equal((null, Body), (response.Headers["Vary"], response.Text));
    }

    [Theory]
    [InlineData("Authorization: Bearer x")]
    [InlineData("Cookie: session=1")]
    public async Task Answer_ToAClientThatSaysWhoItIs_StaysAsItIs(string header)
    {
        await using var gateway = await StartAsync();
        var response = await GetAsync(gateway, header);
        Assert.Equal((200, null, Body), (response.Status, response.Headers["Content-Encoding"], response.Text));
    }

    [Fact]
    public async Task Answer_OfARouteThatAsksWhoItsClientsAre_StaysAsItIs()
    {
        await using var gateway = await StartAsync(root =>
        {
            root["Authentication"] = JsonNode.Parse(
                """{ "ApiKeys": { "Keys": { "cron": { "Hashes": [ "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" ] } } } }""");
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Schemes": [ "ApiKey" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
        });

        var response = await GetAsync(gateway, "X-Api-Key: test");

        Assert.Equal((200, null), (response.Status, response.Headers["Content-Encoding"]));
    }

    [Fact]
    public async Task Answer_ToAnApiKeyThatNobodyAskedFor_StaysAsItIs()
    {
        await using var gateway = await StartAsync(root => root["Authentication"] = JsonNode.Parse(
            """{ "ApiKeys": { "Keys": { "cron": { "Hashes": [ "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" ] } } } }"""));
        Assert.Null((await GetAsync(gateway, "X-Api-Key: whatever")).Headers["Content-Encoding"]);
        Assert.Equal("br", (await GetAsync(gateway)).Headers["Content-Encoding"]);
    }

    [Fact]
    public async Task Answer_ThatIsShort_StaysAsItIs()
    {
        _body = new string('1', 1023);
        await using var gateway = await StartAsync();
        Assert.Null((await GetAsync(gateway)).Headers["Content-Encoding"]);
        _body = new string('1', 1024);
        Assert.Equal("br", (await GetAsync(gateway)).Headers["Content-Encoding"]);
    }

    [Fact]
    public async Task Range_IsPassedOnAsItIs()
    {
        (_status, _headers) = ("206 Partial Content", $"{Plain}Content-Range: bytes 0-{Body.Length - 1}/99999\r\n");
        await using var gateway = await StartAsync();
        var response = await GetAsync(gateway, "Range: bytes=0-");
        Assert.Equal((206, null, Body), (response.Status, response.Headers["Content-Encoding"], response.Text));
    }

    [Theory]
    [InlineData("\"abc\"", "W/\"abc\"")]
    [InlineData("W/\"abc\"", "W/\"abc\"")]
    public async Task Validators_OfACompressedAnswer_AreWeakOnHeadAnd304AsWell(string tag, string weak)
    {
        _headers = $"{Plain}ETag: {tag}\r\nAccept-Ranges: bytes\r\nVary: Origin\r\n";
        await using var gateway = await StartAsync();

        var compressed = await GetAsync(gateway);
        Assert.Equal(("br", weak, null), (compressed.Headers["Content-Encoding"], compressed.Headers["ETag"], compressed.Headers["Accept-Ranges"]));
        Assert.Equal("Origin, Accept-Encoding", string.Join(", ", compressed.Headers.All("Vary")));

        var head = await gateway.SendAsync(Http.Head("HEAD", "/getUsers", "Accept-Encoding: br"));
        Assert.Equal((200, weak, null, null), (head.Status, head.Headers["ETag"], head.Headers["Accept-Ranges"], head.Headers["Content-Length"]));
        Assert.Equal("Origin, Accept-Encoding", string.Join(", ", head.Headers.All("Vary")));

        var plain = await gateway.GetAsync("/getUsers");
        Assert.Equal((tag, "bytes"), (plain.Headers["ETag"], plain.Headers["Accept-Ranges"]));

        (_status, _body) = ("304 Not Modified", "");
        var same = await GetAsync(gateway, $"If-None-Match: {weak}");
        Assert.Equal((304, weak), (same.Status, same.Headers["ETag"]));
        Assert.Equal("Origin, Accept-Encoding", string.Join(", ", same.Headers.All("Vary")));
    }

    // It tells no type, as is usual. A client that has a compressed answer has a weak tag, and any other may have one of an answer that is never compressed.
    [Theory]
    [InlineData("W/\"abc\"", "", "W/\"abc\"", "Accept-Encoding")]
    [InlineData("\"abc\"", "", "\"abc\"", null)]
    [InlineData("\"abc\", W/\"abc\"", "", "W/\"abc\"", "Accept-Encoding")]
    [InlineData("W/\"other\"", "", "\"abc\"", null)]
    [InlineData("*", "", "\"abc\"", null)]
    [InlineData("W/\"abc\"", "Cache-Control: private\r\n", "\"abc\"", null)]
    [InlineData("\"abc\"", "Content-Type: image/png\r\n", "\"abc\"", null)]
    [InlineData("\"abc\"", "Content-Type: text/plain\r\n", "W/\"abc\"", "Accept-Encoding")]
    public async Task NotModified_SaysOfCompressionWhatItCanKnow(string known, string headers, string tag, string? vary)
    {
        (_status, _body, _headers) = ("304 Not Modified", "", $"{headers}ETag: \"abc\"\r\n");
        await using var gateway = await StartAsync();

        var response = await GetAsync(gateway, $"If-None-Match: {known}");

        Assert.Equal((304, tag, vary), (response.Status, response.Headers["ETag"], response.Headers["Vary"]));
    }

    [Theory]
    [InlineData("*", "*")]
    [InlineData("Origin, *", "*")]
    [InlineData("X-Accept-Encoding-Hint", "X-Accept-Encoding-Hint, Accept-Encoding")]
    [InlineData("origin, accept-encoding", "origin, accept-encoding")]
    public async Task Vary_OfTheUpstream_IsCompletedOnlyWhereItHasToBe(string vary, string expected)
    {
        _headers = $"{Plain}Vary: {vary}\r\n";
        await using var gateway = await StartAsync();

        foreach (var accepted in (string[])["br", "identity"])
        {
            var response = await gateway.GetAsync("/getUsers", $"Accept-Encoding: {accepted}");
            Assert.Equal((accepted == "br", expected), (response.Headers["Content-Encoding"] == "br", string.Join(", ", response.Headers.All("Vary"))));
        }
    }

    [Fact]
    public async Task Head_WithoutAcceptEncoding_KeepsTheLength()
    {
        await using var gateway = await StartAsync();
        var head = await gateway.SendAsync(Http.Head("HEAD", "/getUsers"));
        Assert.Equal(($"{Body.Length}", "Accept-Encoding"), (head.Headers["Content-Length"], head.Headers["Vary"]));
    }

    [Fact]
    public async Task Aggregation_ThatSaysSo_IsCompressedToo()
    {
        await using var gateway = await StartAsync();

        var response = await gateway.GetAsync("/getEventsByUserId/1", "Accept-Encoding: gzip");

        Assert.Equal((200, "gzip", "Accept-Encoding"), (response.Status, response.Headers["Content-Encoding"], response.Headers["Vary"]));
        Assert.Equal($"[{Body},{Body}]", Decode(response));
        var head = await gateway.SendAsync(Http.Head("HEAD", "/getEventsByUserId/1", "Accept-Encoding: gzip"));
        Assert.Equal((200, null, "Accept-Encoding"), (head.Status, head.Headers["Content-Length"], head.Headers["Vary"]));
    }

    [Fact]
    public async Task Routes_ThatDoNotSaySo_AreLeftAlone()
    {
        await using var gateway = await StartAsync();
        var response = await gateway.GetAsync("/getEvents", "Accept-Encoding: br");
        Assert.Equal((null, null, Body), (response.Headers["Content-Encoding"], response.Headers["Vary"], response.Text));
    }

    [Fact]
    public async Task Errors_OfTheGateway_AreNotCompressed()
    {
        await using var gateway = await WiredGateway.StartAsync(static (_, answer) => { answer.Reset(); return Task.CompletedTask; }, Edit);
        Problem.Of(await GetAsync(gateway), 502, "upstream_failed");
    }

    [Fact]
    public async Task Stream_GoesOnPieceByPiece()
    {
        var next = new TaskCompletionSource();
        await using var gateway = await WiredGateway.StartAsync(
            async (_, answer) =>
            {
                await answer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
                await next.Task;
                await answer.SendAsync("6\r\nsecond\r\n0\r\n\r\n");
            },
            Edit);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{gateway.Port}/getUsers") { Headers = { { "Accept-Encoding", "gzip" } } };

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = new GZipStream(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), CompressionMode.Decompress);
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal("first", Encoding.ASCII.GetString(buffer));   // while the upstream hasn't sent the rest
        next.SetResult();
        using var rest = new StreamReader(body);
        Assert.Equal("second", await rest.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Answer_ThatBreaksOff_IsNotEndedAsIfItWereWhole()
    {
        await using var gateway = await WiredGateway.StartAsync(
            static async (_, answer) =>
            {
                await answer.SendAsync($"HTTP/1.1 200 OK\r\n{Plain}Content-Length: 9999\r\n\r\n{Body}");
                answer.Reset();
            },
            Edit);

        var answer = await gateway.SendUntilClosedAsync(Http.Get("/getUsers", "Accept-Encoding: gzip"));

        Assert.DoesNotContain("\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_CountWhatWasCompressed()
    {
        await using var gateway = await StartAsync();

        await gateway.GetAsync("/getUsers", "Accept-Encoding: br");
        await gateway.GetAsync("/getUsers", "Accept-Encoding: gzip");
        await gateway.GetAsync("/getUsers", "Accept-Encoding: br");
        await gateway.GetAsync("/getUsers");

        Assert.Equal((2, 1, 0), (await CountAsync("getUsers", "br"), await CountAsync("getUsers", "gzip"), await CountAsync("eventsByUser", "br")));
        Assert.Null(await CountAsync("getEvents", "br"));

        Task<double?> CountAsync(string route, string coding) => gateway.MetricAsync($"gateway_compressed_responses_total{{coding=\"{coding}\",route=\"{route}\"}}");
    }

    private static Task<RawResponse> GetAsync(WiredGateway gateway, params IEnumerable<string> headers) =>
        gateway.GetAsync("/getUsers", ["Accept-Encoding: br", .. headers]);

    private static string Decode(RawResponse response)
    {
        using var body = new MemoryStream(response.Body);
        using Stream decoded = response.Headers["Content-Encoding"] switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var reader = new StreamReader(decoded);
        return reader.ReadToEnd();
    }

    private Task<WiredGateway> StartAsync(Action<JsonNode>? edit = null) => WiredGateway.StartAsync(
        (request, answer) =>
        {
            var body = request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? """{"events":[1,2]}""" : _body;
            var length = _status.StartsWith("304", StringComparison.Ordinal) ? "" : $"Content-Length: {body.Length}\r\n";
            return answer.SendAsync($"HTTP/1.1 {_status}\r\n{_headers}{length}\r\n{(request.Method == "HEAD" ? "" : body)}");
        },
        root =>
        {
            Edit(root);
            edit?.Invoke(root);
        });

    private static void Edit(JsonNode root)
    {
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["Compress"] = "true" };
        root["Aggregations"]!["eventsByUser"]!["Compress"] = true;
        root["Aggregations"]!["eventsByUser"]!["Match"]!["Methods"] = new JsonArray("GET", "HEAD");
    }
}
