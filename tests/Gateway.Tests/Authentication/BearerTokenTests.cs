using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Authentication;

/// <summary>Which tokens open a route, and what a client is told whose token doesn't.</summary>
public sealed class BearerTokenTests
{
    private static readonly TestKey A = TestKey.Rsa("a");
    private static readonly TestKey Stranger = TestKey.Rsa("a");

    public static TheoryData<string> Algorithms => ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256"];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Token_ThatIsGood_ReachesTheUpstreamAsItIs(string algorithm)
    {
        var key = algorithm == "ES256" ? TestKey.Ec("a") : TestKey.Rsa("a", algorithm);
        await using var gateway = await GuardedGateway.StartAsync(key);
        var token = gateway.Token(key);

        var response = await gateway.GetAsync(token);

        Assert.Equal((200, "[]"), (response.Status, response.Text));
        Assert.Equal($"Bearer {token}", Assert.Single(gateway.Upstream.Requests).Headers["Authorization"]);
    }

    [Theory]
    [InlineData("""{"scope":"profile","scp":["events.read"]}""")]
    [InlineData("""{"scp":"a events.read b"}""")]
    [InlineData("""{"scope":["events.read"]}""")]
    [InlineData("""{"aud":["other","events"]}""")]
    [InlineData("""{"nbf":null}""")]
    public async Task Token_InAnotherForm_IsGoodAsWell(string claims)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A, payload => Merge(payload, claims))));
    }

    [Fact]
    public async Task Request_WithoutToken_IsChallengedAndGoesNoFurther()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.SendAsync(Http.Get("/getUsers"));

        Problem.Of(response, 401, "unauthenticated");
        Assert.Equal("Bearer", response.Headers["WWW-Authenticate"]);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(1, await gateway.Gateway.MetricAsync("""gateway_requests_rejected_total{reason="auth",route="getUsers"}"""));
    }

    [Theory]
    [InlineData("""{"exp":-31}""", "The token has expired.")]
    [InlineData("""{"nbf":31}""", "The token isn't valid yet.")]
    [InlineData("""{"exp":null}""", "The token has no time of expiry.")]
    [InlineData("""{"aud":"others"}""", "The token is for another audience.")]
    [InlineData("""{"aud":null}""", "The token is for another audience.")]
    [InlineData("""{"aud":"events/"}""", "The token is for another audience.")]
    [InlineData("""{"iss":"https://login.example.com"}""", "The token's issuer isn't one whose tokens are taken here.")]
    [InlineData("""{"iss":null}""", "The token's issuer isn't one whose tokens are taken here.")]
    public async Task Token_ThatIsNotGood_IsToldWhy(string claims, string fault)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.GetAsync(gateway.Token(A, payload => Merge(payload, claims, gateway.Clock.GetUtcNow())));

        IsInvalid(response, fault);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("""{"exp":-29}""")]
    [InlineData("""{"nbf":29}""")]
    public async Task Token_WithinTheSkewOfClocks_IsGood(string claims)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A, payload => Merge(payload, claims, gateway.Clock.GetUtcNow()))));
    }

    // Signed by the issuer itself, and yet none of it makes sense.
    [Theory]
    [InlineData("""{"exp":"soon"}""")]
    [InlineData("""{"exp":1e400}""")]
    [InlineData("""{"exp":-1}""")]
    [InlineData("""{"exp":[1]}""")]
    [InlineData("""{"exp":{}}""")]
    [InlineData("""{"nbf":99999999999999999}""")]
    [InlineData("""{"iss":1}""")]
    [InlineData("""{"iss":{}}""")]
    [InlineData("""{"iss":["x"]}""")]
    [InlineData("""{"aud":{}}""")]
    [InlineData("""{"aud":[]}""")]
    [InlineData("""{"aud":[null]}""")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{")]
    public async Task Token_WithASenselessPayload_Is401(string payload)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var claims = payload.StartsWith('{') && payload.Length > 1 ? MergedText(gateway, payload) : payload;

        Problem.Of(await gateway.GetAsync(A.Sign(claims)), 401, "unauthenticated");
        IsQuiet(gateway);
    }

    [Fact]
    public async Task Token_SignedByNobodyOrByAnother_Is401()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var good = gateway.Token(A);
        var parts = good.Split('.');

        foreach (var algorithm in (string[])["none", "None", "NONE", "nOnE", ""])
        {
            IsInvalid(await gateway.GetAsync(gateway.Token(TestKey.None(algorithm))), "The token is signed in a way that isn't taken here.");
        }

        IsInvalid(await gateway.GetAsync(gateway.Token(A, head: head => head.Remove("alg"))), "The token is signed in a way that isn't taken here.");
        IsInvalid(await gateway.GetAsync(gateway.Token(Stranger)), "The token's signature is wrong.");
        IsInvalid(await gateway.GetAsync($"{parts[0]}.{parts[1]}."), "The token's signature is wrong.");
        IsInvalid(await gateway.GetAsync($"{parts[0]}.{Tampered(parts[1])}.{parts[2]}"), "The token's signature is wrong.");
        IsInvalid(await gateway.GetAsync($"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}"), "The token's signature is wrong.");
        Assert.Empty(gateway.Upstream.Requests);
        IsQuiet(gateway);
    }

    // The key that everybody can read, taken for a secret that only the issuer has.
    [Fact]
    public async Task Token_SignedWithThePublicKeyAsSecret_Is401()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        string[] secrets = [A.Pem, A.Pem.TrimEnd(), A.PublicText, (string)A.Public["n"]!];
        foreach (var secret in secrets)
        {
            IsInvalid(
                await gateway.GetAsync(gateway.Token(TestKey.Hmac("a", Encoding.UTF8.GetBytes(secret)))), "The token is signed in a way that isn't taken here.");
        }
    }

    // An issuer that publishes a shared secret has none.
    [Fact]
    public async Task Token_SignedWithASymmetricKeyOfThePublicSet_Is401()
    {
        var secret = TestKey.Hmac("s", Encoding.UTF8.GetBytes("a secret of 32 bytes and some more"));
        await using var gateway = await GuardedGateway.StartAsync(new TestIssuer(A, secret));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(secret)));
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
    }

    [Theory]
    [InlineData("../../../../../../etc/passwd")]
    [InlineData("/dev/zero")]
    [InlineData("a' OR '1'='1")]
    [InlineData("http://127.0.0.1/keys")]
    [InlineData("\u0000")]
    public async Task Kid_WhateverItSays_IsOnlyCompared(string kid)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        await gateway.StatusAsync(gateway.Token(A));
        gateway.Clock.Advance(TimeSpan.FromSeconds(5));

        IsInvalid(await gateway.GetAsync(gateway.Token(A, head: head => head["kid"] = kid)), "The token is signed with a key that the issuer doesn't have.");
        Assert.Equal(["/.well-known/openid-configuration", "/keys"], gateway.Issuer.Requests.Distinct());
    }

    [Fact]
    public async Task Head_ThatBringsItsOwnKey_IsNotBelieved()
    {
        await using var evil = RawUpstream.Start((_, connection) => connection.RespondAsync(TestIssuer.SetOf(Stranger)));
        await using var gateway = await GuardedGateway.StartAsync(A);

        var token = gateway.Token(Stranger, head: head =>
        {
            head["jku"] = $"{evil.Address}/keys";
            head["x5u"] = $"{evil.Address}/keys";
            head["jwk"] = Stranger.Public;
        });

        Assert.Equal(401, await gateway.StatusAsync(token));
        Assert.Empty(evil.Requests);
    }

    [Fact]
    public async Task Head_WithAnExtensionThatMustBeUnderstood_IsRefused()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        IsInvalid(
            await gateway.GetAsync(gateway.Token(A, head: head =>
            {
                head["crit"] = new JsonArray("b64");
                head["b64"] = false;
            })),
            "The bearer token is no JSON Web Token.");
    }

    [Theory]
    [InlineData("Bearer", "no JSON Web Token")]
    [InlineData("Bearer ", "no JSON Web Token")]
    [InlineData("Bearer x", "no JSON Web Token")]
    [InlineData("Bearer ..", "no JSON Web Token")]
    [InlineData("Bearer e30.e30.e30", "issuer isn't one")]
    [InlineData("Bearer a.b.c", "no JSON Web Token")]
    [InlineData("Bearer a.b.c.d.e", "no JSON Web Token")]
    [InlineData("Bearer \u00e4.\u00f6.\u00fc", "no JSON Web Token")]
    [InlineData("Bearer e30.e30.e30, Bearer e30.e30.e30", "no JSON Web Token")]
    [InlineData("Basic YWxpY2U6c2VjcmV0", null)]
    [InlineData("Bearertoken", null)]
    [InlineData("", null)]
    public async Task Authorization_WithSomethingElse_Is401(string header, string? fault)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.SendAsync(Http.Get("/getUsers", $"Authorization: {header}"));

        Problem.Of(response, 401, "unauthenticated");
        var challenge = response.Headers["WWW-Authenticate"]!;
        Assert.Equal(fault is not null, challenge.StartsWith("Bearer error=\"invalid_token\", ", StringComparison.Ordinal));
        Assert.Contains(fault ?? "Bearer", challenge, StringComparison.Ordinal);
        IsQuiet(gateway);
    }

    [Theory]
    [InlineData(16 * 1024 + 1)]
    [InlineData(30 * 1024)]
    public async Task Token_ThatIsHuge_Is401(int length)
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        IsInvalid(await gateway.GetAsync(gateway.Token(A, payload => payload["pad"] = new string('x', length))[..length]), "The bearer token is no JSON Web Token.");
    }

    [Fact]
    public async Task Authorization_Twice_Is401EvenIfBothAreGood()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var header = $"Authorization: Bearer {gateway.Token(A)}";
        IsInvalid(await gateway.SendAsync(Http.Get("/getUsers", header, header)), "There is more than one Authorization header.");
    }

    [Fact]
    public async Task Token_WithoutTheScope_Is403ThatNamesIt()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);

        var response = await gateway.GetAsync(gateway.Token(A, payload => payload["scope"] = "events.readers profile"));

        Problem.Of(response, 403, "forbidden");
        Assert.Equal("Bearer error=\"insufficient_scope\", scope=\"events.read\"", response.Headers["WWW-Authenticate"]);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("""{"role":"admin","tenant":"acme"}""", 200)]
    [InlineData("""{"role":["user","ops"],"tenant":"acme"}""", 200)]
    [InlineData("""{"role":"admin"}""", 403)]
    [InlineData("""{"role":"Admin","tenant":"acme"}""", 403)]
    [InlineData("""{"Role":"admin","tenant":"acme"}""", 403)]
    [InlineData("""{"role":"user","tenant":"acme"}""", 403)]
    public async Task Claims_OfAPolicy_MustAllHoldWithOneOfTheirValues(string claims, int status)
    {
        await using var gateway = await GuardedGateway.StartAsync(
            A, root => root["AuthorizationPolicies"]!["readers"] = JsonNode.Parse("""{ "Schemes": ["corp"], "Claims": { "role": [ "admin", "ops" ], "tenant": [ "acme" ] } }"""));

        var response = await gateway.GetAsync(gateway.Token(A, payload => Merge(payload, claims)));

        Assert.Equal((status, status == 403 ? "Bearer error=\"insufficient_scope\"" : null), (response.Status, response.Headers["WWW-Authenticate"]));
    }

    // RFC 6750: what a token says of API keys is only what its issuer says.
    [Fact]
    public async Task Token_ThatClaimsToBeAnApiClient_IsNone()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        await gateway.StatusAsync(gateway.Token(A, payload => payload["api_client"] = "cron"));
        Assert.Null((string?)(await gateway.Gateway.Log.NextAsync())["client"]);
    }

    [Fact]
    public async Task SymmetricKey_SignsTokens_AndNothingElseDoes()
    {
        var secret = Encoding.UTF8.GetBytes("a secret of 32 bytes and some more");
        await using var gateway = await GuardedGateway.StartAsync(A, root => WithKeys(root, "SymmetricKeys", Convert.ToBase64String(secret)));

        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(TestKey.Hmac("any", secret))));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(A)));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(TestKey.Hmac("any", Encoding.UTF8.GetBytes("another secret of 32 bytes and more")))));
        Assert.Empty(gateway.Issuer.Requests);
    }

    [Fact]
    public async Task Keys_InTheConfiguration_AreTakenAsPemAndAsJson()
    {
        var (b, c) = (TestKey.Ec("b"), TestKey.Rsa("c"));
        await using var gateway = await GuardedGateway.StartAsync(A, root => WithKeys(root, "Keys", A.Pem, b.Pem, c.PublicText));

        foreach (var key in (TestKey[])[A, b, c])
        {
            Assert.Equal(200, await gateway.StatusAsync(gateway.Token(key)));
        }

        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(Stranger)));
    }

    [Fact]
    public async Task Issuers_Several_AreEachJudgedByTheirOwnKeysAndRules()
    {
        var b = TestKey.Rsa("a");
        await using var other = new TestIssuer(b);
        await using var gateway = await GuardedGateway.StartAsync(A, root =>
        {
            root["Authentication"]!["JwtBearer"]!["partner"] = new JsonObject
            {
                ["Issuer"] = other.Name,
                ["Audiences"] = new JsonArray("partners"),
                ["MetadataAddress"] = other.MetadataAddress,
            };
            root["AuthorizationPolicies"]!["readers"]!["Schemes"] = new JsonArray("corp", "partner");
        });
        var now = gateway.Clock.GetUtcNow();

        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        Assert.Equal(200, await gateway.StatusAsync(other.Token(b, now, payload => payload["aud"] = "partners")));
        Assert.Equal(401, await gateway.StatusAsync(other.Token(b, now)));   // for the audience of the first
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(b)));      // by the key of the other
    }

    [Fact]
    public async Task Error_ForAPage_CanBeReadByIt()
    {
        await using var gateway = await GuardedGateway.StartAsync(A, root =>
        {
            root["CorsPolicies"] = JsonNode.Parse("""{ "web": { "Origins": [ "https://app.example.com" ], "Headers": [ "Authorization" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["CorsPolicy"] = "web";
        });

        var refused = await gateway.SendAsync(Http.Get("/getUsers", "Origin: https://app.example.com"));
        var preflight = await gateway.SendAsync(Http.Head(
            "OPTIONS", "/getUsers", "Origin: https://app.example.com", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: Authorization"));

        Assert.Equal((401, "https://app.example.com"), (refused.Status, refused.Headers["Access-Control-Allow-Origin"]));
        Assert.Equal((204, "Authorization"), (preflight.Status, preflight.Headers["Access-Control-Allow-Headers"]));   // it never has a token
    }

    private static void IsInvalid(RawResponse response, string fault)
    {
        var body = Problem.Of(response, 401, "unauthenticated");
        Assert.Equal(fault, (string?)body["detail"]);
        Assert.Equal($"Bearer error=\"invalid_token\", error_description=\"{fault}\"", response.Headers["WWW-Authenticate"]);
    }

    // Nothing that a stranger can send is an event for the log.
    private static void IsQuiet(GuardedGateway gateway) => Assert.Empty(gateway.Log.Of(101));

    private static void WithKeys(JsonNode root, string kind, params string[] keys)
    {
        var corp = root["Authentication"]!["JwtBearer"]!["corp"]!.AsObject();
        corp.Remove("MetadataAddress");
        corp[kind] = new JsonArray([.. keys.Select(key => JsonValue.Create(key))]);
    }

    private static string Tampered(string part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part))
            .Replace("alice", "admin", StringComparison.Ordinal)));

    private static string MergedText(GuardedGateway gateway, string claims)
    {
        // As text, since no JSON library writes what is senseless.
        var payload = new JsonObject { ["iss"] = gateway.Issuer.Name, ["aud"] = TestIssuer.Audience, ["exp"] = 4_000_000_000 };
        var name = claims.Split('"')[1];
        payload.Remove(name);
        return payload.ToJsonString()[..^1] + "," + claims[1..];
    }

    private static void Merge(JsonObject payload, string claims, DateTimeOffset now = default)
    {
        foreach (var (name, value) in JsonNode.Parse(claims)!.AsObject())
        {
            if (value is null)
            {
                payload.Remove(name);
            }
            else
            {
                payload[name] = name is "exp" or "nbf" ? now.AddSeconds((int)value).ToUnixTimeSeconds() : value.DeepClone();
            }
        }
    }
}
