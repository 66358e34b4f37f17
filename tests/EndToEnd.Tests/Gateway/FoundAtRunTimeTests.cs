using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>
/// What libraries find by its name, or put together, when it is first asked for: a native program has it only if its compiler foresaw
/// that. The rest of the configuration goes through the same tests as under <c>dotnet run</c>.
/// </summary>
public sealed class FoundAtRunTimeTests
{
    private const string Issuer = "https://login.example";

    // Data protection writes its keys as XML, in which each part names the type that reads it.
    [Fact]
    public async Task AffinityCookie_AfterARestart_StillSaysWhereTo()
    {
        var home = Directory.CreateTempSubdirectory("eventgateway-home-");
        try
        {
            await using var upstream = NamedUpstream.Start("here");
            var file = SessionAffinityTests.StickyFile(upstream, "Cookie");
            var first = await CookieAsync(file, home, cookie: null);
            Assert.NotNull(first);
            Assert.Null(await CookieAsync(file, home, first.Split(';')[0]));
            Assert.NotNull(await CookieAsync(file, home, cookie: $"{SessionAffinityTests.Cookie}=nobody-s"));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Token_SignedWithASharedOrAPublicKey_IsTaken()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        using var rsa = RSA.Create(2048);
        var publicKey = rsa.ExportParameters(includePrivateParameters: false);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = curve.ExportParameters(includePrivateParameters: false).Q;
        await using var upstream = NamedUpstream.Start("here");
        var launch = new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address },
            Files =
            {
                ["keys.json"] = $$"""
                    {
                      "keys": [
                        { "kty": "RSA", "kid": "1", "use": "sig", "n": "{{Base64Url.EncodeToString(publicKey.Modulus!)}}", "e": "{{Base64Url.EncodeToString(publicKey.Exponent!)}}" },
                        { "kty": "EC", "kid": "2", "use": "sig", "crv": "P-256", "x": "{{Base64Url.EncodeToString(point.X!)}}", "y": "{{Base64Url.EncodeToString(point.Y!)}}" }
                      ]
                    }
                    """,
                ["appsettings.json"] = ShippedFile.Edited(root =>
                {
                    root["Authentication"] = JsonNode.Parse(
                        $$"""
                        {
                          "JwtBearer": {
                            "shared": { "Issuer": "{{Issuer}}/shared", "Audiences": [ "events" ], "SymmetricKeys": [ "{{Convert.ToBase64String(secret)}}" ] },
                            "public": { "Issuer": "{{Issuer}}/public", "Audiences": [ "events" ], "Algorithms": [ "RS256", "PS256", "ES256" ], "JwksFile": "keys.json" }
                          }
                        }
                        """);
                    root["Logging"] = JsonNode.Parse("""{ "LogLevel": { "Yarp": "Debug" } }""");
                    root["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Scopes": [ "events.read" ] } }""");
                    root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
                }),
            },
        };
        await using var gateway = await GatewayProcess.StartAsync(launch);

        string[] signed =
        [
            Token("""{"alg":"HS256","typ":"JWT"}""", "shared", text => HMACSHA256.HashData(secret, text)),
            Token("""{"alg":"RS256","typ":"JWT","kid":"1"}""", "public", text => rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            Token("""{"alg":"PS256","typ":"JWT","kid":"1"}""", "public", text => rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
            Token("""{"alg":"ES256","typ":"JWT","kid":"2"}""", "public", text => curve.SignData(text, HashAlgorithmName.SHA256)),
        ];
        foreach (var token in signed)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusWithAsync(gateway, token));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusWithAsync(gateway, token[..^4] + "AAAA"));
        }
    }

    [Fact]
    public async Task Https_OverHttp2WithBrotliAndConstraintsInThePath_Answers()
    {
        var certificate = TestCertificate.Create();
        var body = $"[{string.Join(',', Enumerable.Range(0, 1_000))}]";
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync(body, headers: "Content-Type: application/json"));
        var port = FreePort.Find();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address },
            Files =
            {
                ["tls.crt"] = certificate.Pem,
                ["tls.key"] = certificate.KeyPem,
                ["appsettings.json"] = ShippedFile.Edited(root =>
                {
                    root["Https"] = new JsonObject
                    {
                        ["Port"] = port,
                        ["Certificate"] = new JsonObject { ["Path"] = "tls.crt", ["KeyPath"] = "tls.key" },
                    };
                    root["ReverseProxy"]!["Routes"]!["letters"] = JsonNode.Parse(
                        """
                        {
                          "ClusterId": "event-api",
                          "Match": { "Path": "/letters/{name:regex(^[a-z]+$)}/{number:int:range(1,9)}", "Methods": [ "GET" ] },
                          "Metadata": { "Compress": "true" },
                          "Transforms": [ { "PathSet": "/getEvents" }, { "ResponseHeader": "X-Served-By", "Set": "edge", "When": "Always" } ]
                        }
                        """);
                }),
            },
        });
        using var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) => seen!.GetCertHashString() == certificate.Certificate.GetCertHashString();
        using var client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://127.0.0.1:{port}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            DefaultRequestHeaders = { { "Accept-Encoding", "br" } },
        };

        using var answer = await client.GetAsync("/letters/abc/9", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["br"], answer.Content.Headers.ContentEncoding);
        Assert.Equal(["edge"], answer.Headers.GetValues("X-Served-By"));
        await using var plain = new System.IO.Compression.BrotliStream(
            await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        Assert.Equal(body, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));

        using var digits = await client.GetAsync("/letters/123/9", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, digits.StatusCode);
        using var large = await client.GetAsync("/letters/abc/10", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, large.StatusCode);
    }

    [Fact]
    public async Task Telemetry_OverOtlp_IsPushed()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var receiver = RawUpstream.Start((_, connection) => connection.RespondAsync(""));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables =
            {
                ["EVENT_API_BASE_URL"] = upstream.Address,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            },
        });
        await NamedUpstream.AskAsync(gateway);
        await gateway.TerminateAsync();   // which sends what there is
        Assert.Equal(0, (await gateway.WaitForExitAsync()).ExitCode);
        var pushed = receiver.Requests.ToLookup(request => request.Target);
        Assert.Contains("GET /getUsers", string.Concat(pushed["/v1/traces"].Select(request => request.Text)), StringComparison.Ordinal);
        Assert.Contains("gateway.upstream.request.duration", string.Concat(pushed["/v1/metrics"].Select(request => request.Text)), StringComparison.Ordinal);
    }

    private static async Task<string?> CookieAsync(string file, DirectoryInfo home, string? cookie)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Directory = home,   // whose cookie it is depends on it
            Variables = { ["HOME"] = home.FullName },
            Files = { ["appsettings.json"] = file },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/getUsers");
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var handler = new SocketsHttpHandler { UseCookies = false };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Client.BaseAddress };
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? Assert.Single(cookies) : null;
    }

    private static async Task<HttpStatusCode> StatusWithAsync(GatewayProcess gateway, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/getUsers") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static string Token(string header, string issuer, Func<byte[], byte[]> sign)
    {
        var claims = $$"""{"iss":"{{Issuer}}/{{issuer}}","aud":"events","sub":"me","scope":"events.read","exp":{{TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}}}""";
        var text = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }
}
