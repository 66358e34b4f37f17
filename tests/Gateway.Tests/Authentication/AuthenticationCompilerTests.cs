using System.Text.Json.Nodes;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Authentication;

public class AuthenticationCompilerTests
{
    private const string Rest = "\"Issuer\": \"i\", \"Audiences\": [ \"a\" ]";
    private const string Address = "\"MetadataAddress\": \"https://login.example.com/meta\"";

    private static readonly TestKey A = TestKey.Rsa("a");

    [Theory]
    [InlineData("https://login.example.com/.well-known/openid-configuration", true)]
    [InlineData("http://localhost:8080/meta", true)]
    [InlineData("http://127.0.0.1/meta", true)]
    [InlineData("http://[::1]/meta", true)]
    [InlineData("http://keycloak.internal/meta", false)]
    public void MetadataAddress_ThatCanBeTrusted_IsTakenUp(string address, bool requireHttps) =>
        Issuer($$"""{ {{Rest}}, "MetadataAddress": "{{address}}", "RequireHttpsMetadata": {{(requireHttps ? "true" : "false")}} }""").IsTakenUp();

    [Theory]
    [InlineData("http://login.example.com/meta")]
    [InlineData("http://localhost.example.com/meta")]
    public void MetadataAddress_OverHttp_IsRefused(string address) => Issuer($$"""{ {{Rest}}, "MetadataAddress": "{{address}}" }""").IsRefused(
        "Authentication.JwtBearer.corp.MetadataAddress: over http anybody on the way could put his own keys there; https is needed, unless RequireHttpsMetadata is false.");

    [Theory]
    [InlineData("login.example.com")]
    [InlineData("ftp://login.example.com")]
    [InlineData("https://user:secret@login.example.com")]
    [InlineData("")]
    public void MetadataAddress_ThatIsNone_IsRefused(string address) => Issuer($$"""{ {{Rest}}, "MetadataAddress": "{{address}}" }""").IsRefused(
        $"Authentication.JwtBearer.corp.MetadataAddress: '{address.Replace("user:secret", "…", StringComparison.Ordinal)}' is not an absolute http or https URI (without credentials and fragment).");

    [Fact]
    public void Keys_FromNowhere_IsRefused() => Issuer($$"""{ {{Rest}} }""").IsRefused(
        "Authentication.JwtBearer.corp: without keys no token can be judged; one of MetadataAddress, JwksFile, Keys, SymmetricKeys is needed.");

    [Fact]
    public void Keys_FromTwoPlaces_IsRefusedWithBoth()
    {
        var loaded = Issuer($$"""{ {{Rest}}, {{Address}}, "JwksFile": "jwks.json" }""");
        loaded.IsRefused("Authentication.JwtBearer.corp.MetadataAddress: MetadataAddress and JwksFile: the keys of an issuer come from one of them.");
        Assert.Equal("Authentication.JwtBearer.corp.JwksFile", Assert.Single(Assert.Single(loaded.Errors()).Related).Path);
    }

    [Fact]
    public void Issuer_WithoutIssuerAndAudience_IsRefused() => Issuer($$"""{ {{Address}}, "Audiences": [] }""").IsRefused(
        "Authentication.JwtBearer.corp.Issuer: Issuer is missing.", "Authentication.JwtBearer.corp.Audiences: Audiences must not be empty.");

    [Theory]
    [InlineData("none")]
    [InlineData("ES256K")]
    [InlineData("dir")]
    public void Algorithm_ThatIsUnknown_IsRefused(string algorithm) => Assert.StartsWith(
        $"'{algorithm}' is not one of RS256, ",
        Assert.Single(Issuer($$"""{ {{Rest}}, {{Address}}, "Algorithms": [ "{{algorithm}}" ] }""").Errors()).Message, StringComparison.Ordinal);

    [Fact]
    public void Algorithms_WithoutAny_IsRefused() => Issuer($$"""{ {{Rest}}, {{Address}}, "Algorithms": [] }""").IsRefused(
        "Authentication.JwtBearer.corp.Algorithms: without an algorithm no token can be judged; leave the key out for all that are safe.");

    [Fact]
    public void Algorithm_SymmetricWithPublicKeys_IsRefused() => Issuer($$"""{ {{Rest}}, {{Address}}, "Algorithms": [ "RS256", "HS256" ] }""").IsRefused(
        "Authentication.JwtBearer.corp.Algorithms[1]: HS256 is for keys that issuer and gateway share, which stand in SymmetricKeys and nowhere else.");

    [Fact]
    public void Algorithm_AsymmetricWithSharedKeys_IsRefused() =>
        Issuer($$"""{ {{Rest}}, "SymmetricKeys": [ "{{Secret(32)}}" ], "Algorithms": [ "HS256", "ES256" ] }""").IsRefused(
            "Authentication.JwtBearer.corp.Algorithms[1]: ES256 doesn't go with SymmetricKeys; HS256, HS384 and HS512 do.");

    [Theory]
    [InlineData(31, "HS256", 248, 256)]
    [InlineData(32, "HS384", 256, 384)]
    [InlineData(63, "HS512", 504, 512)]
    public void SymmetricKey_ThatIsTooShort_IsRefusedAndNotShown(int bytes, string algorithm, int bits, int least) =>
        Issuer($$"""{ {{Rest}}, "SymmetricKeys": [ "{{Secret(bytes)}}" ], "Algorithms": [ "{{algorithm}}" ] }""").IsRefused(
            $"Authentication.JwtBearer.corp.SymmetricKeys[0]: the key has {bits} bits; {least} are needed, or it could be guessed.");

    [Fact]
    public void SymmetricKey_ThatIsNoBase64_IsRefusedAndNotShown() =>
        Issuer($$"""{ {{Rest}}, "SymmetricKeys": [ "not Base64, but a password of some length" ] }""").IsRefused(
            "Authentication.JwtBearer.corp.SymmetricKeys[0]: this is no Base64.");

    [Fact]
    public void Keys_ThatAreNone_AreEachRefused()
    {
        using var privateKey = System.Security.Cryptography.RSA.Create(2048);
        string[] keys =
        [
            "no key", "{", "{}", A.Pem[..^60], privateKey.ExportPkcs8PrivateKeyPem(), TestKey.Rsa("short", bits: 1024).PublicText,
            TestKey.Hmac("s", new byte[32]).PublicText, """{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}""", """{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}""",
            """{"kty":"RSA","n":"AA"}""",
        ];
        string[] faults =
        [
            "this is neither a public key in PEM (RSA or EC) nor a JSON Web Key.", "this is no JSON Web Key.",
            "there is no algorithm for keys of type ''; known are RSA, EC.", "this is neither a public key in PEM (RSA or EC) nor a JSON Web Key.",
            "this is a private key, which belongs to the issuer alone; the public one goes here.", "the key has 1024 bits; RSA keys have at least 2048.",
            "this is a symmetric key, and a secret: it goes into SymmetricKeys.", "the key is no point of its curve.",
            "there is no algorithm for the curve 'secp256k1'; known are P-256, P-384, P-521.", "the key lacks its members n and e.",
        ];
        var list = new JsonArray([.. keys.Select(key => JsonValue.Create(key))]).ToJsonString();

        Issuer($$"""{ {{Rest}}, "Keys": {{list}} }""").IsRefused(faults.Select((fault, i) => $"Authentication.JwtBearer.corp.Keys[{i}]: {fault}"));
    }

    [Theory]
    [InlineData("missing.json", "can't be read.")]
    [InlineData(".", "can't be read.")]
    [InlineData("appsettings.json", ": this is no JSON Web Key Set.")]   // it has comments
    [InlineData("appsettings.schema.json", ": there is no key in it that could have signed a token.")]
    public void JwksFile_WithoutKeys_IsRefused(string file, string fault)
    {
        var problem = Assert.Single(Issuer($$"""{ {{Rest}}, "JwksFile": "{{file}}" }""").Errors());
        Assert.Equal("Authentication.JwtBearer.corp.JwksFile", problem.Path);
        Assert.EndsWith(fault, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Issuer_CalledAsApiKeysAre_IsRefused() =>
        Reading.Shipped(root => root["Authentication"] = JsonNode.Parse($$"""{ "JwtBearer": { "apikey": { {{Rest}}, {{Address}} } } }""")).IsRefused(
            "Authentication.JwtBearer.apikey: no issuer can be called 'apikey': policies mean API keys by that.");

    [Theory]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("sha256:9f86")]
    [InlineData("sha256:")]
    [InlineData("sha512:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("sha256:gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg")]
    [InlineData("the key itself")]
    public void Hash_ThatIsNone_IsRefusedAndNotShown(string hash) => ApiKeys($$"""{ "Keys": { "cron": { "Hashes": [ "{{hash}}" ] } } }""").IsRefused(
        "Authentication.ApiKeys.Keys.cron.Hashes[0]: this is no hash of a key: 'sha256:' and 64 hexadecimal digits, as sha256sum prints them.");

    [Fact]
    public void Hash_OfNothing_IsRefused() => ApiKeys($$"""{ "Keys": { "cron": { "Hashes": [ "{{GuardedGateway.HashOf("")}}" ] } } }""").IsRefused(
        "Authentication.ApiKeys.Keys.cron.Hashes[0]: this is the hash of no text at all: the key was missing when it was made.");

    [Fact]
    public void Hash_OfTwoClients_IsRefused()
    {
        var hash = GuardedGateway.HashOf("x");
        ApiKeys($$"""{ "Keys": { "a": { "Hashes": [ "{{hash}}" ] }, "b": { "Hashes": [ "{{hash.ToUpperInvariant()}}" ] } } }""").IsRefused(
            "Authentication.ApiKeys.Keys.b.Hashes[0]: this key is there already; a key is one client's.");
    }

    [Theory]
    [InlineData("no name", "'no name' is no header name; letters, digits and !#$%&'*+-.^_`|~ can be in one.")]
    [InlineData("authorization", "authorization has another use; a header of its own is needed.")]
    [InlineData("X-Forwarded-For", "X-Forwarded-For has another use; a header of its own is needed.")]
    [InlineData("Origin", "Origin has another use; a header of its own is needed.")]
    public void Header_ThatCannotHaveKeys_IsRefused(string header, string fault) =>
        ApiKeys($$"""{ "Header": "{{header}}" }""").IsRefused($"Authentication.ApiKeys.Header: {fault}");

    [Fact]
    public void ApiKey_WithMistakesInWhatItMay_IsRefused() => ApiKeys(
        $$"""{ "Keys": { "a": { "Hashes": [ "{{GuardedGateway.HashOf("x")}}" ], "Scopes": [ "a b", "" ], "Claims": { "role": [], "api_client": [ "b" ] } }, "c": {} } }""")
        .IsRefused(
            "Authentication.ApiKeys.Keys.a.Scopes[0]: 'a b' is no scope: it has no spaces, quotation marks or backslashes, and is ASCII.",
            "Authentication.ApiKeys.Keys.a.Scopes[1]: '' is no scope: it has no spaces, quotation marks or backslashes, and is ASCII.",
            "Authentication.ApiKeys.Keys.a.Claims.role: the claim has no value.",
            "Authentication.ApiKeys.Keys.a.Claims.api_client: the gateway itself says in api_client whose key it is.",
            "Authentication.ApiKeys.Keys.c.Hashes: Hashes must not be empty.");

    [Fact]
    public void Policy_ThatAsksNothing_IsRefused() => Policy("{}").IsRefused(
        "AuthorizationPolicies.readers: the policy asks for nothing; name Scopes or Claims, or Schemes if any client will do that is known by one.");

    [Fact]
    public void Policy_WithMistakes_IsRefused() => Policy("""{ "Schemes": [ "crop", "ApiKeys" ], "Scopes": [ "\"" ], "Claims": { "role": [] } }""").IsRefused(
        "AuthorizationPolicies.readers.Schemes[0]: there is no authentication scheme 'crop'; known are corp, ApiKey; did you mean 'corp'?",
        "AuthorizationPolicies.readers.Schemes[1]: there is no authentication scheme 'ApiKeys'; known are corp, ApiKey; did you mean 'ApiKey'?",
        "AuthorizationPolicies.readers.Scopes[0]: '\"' is no scope: it has no spaces, quotation marks or backslashes, and is ASCII.",
        "AuthorizationPolicies.readers.Claims.role: no value would do; name those that do.");

    [Fact]
    public void Policy_WhereNobodyCanBeKnown_IsRefused() => Reading.Shipped(root =>
    {
        root["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Scopes": [ "a" ] } }""");
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
    }).IsRefused("AuthorizationPolicies.readers: there is nothing by which a client could be known; Authentication is where that stands.");

    [Theory]
    [InlineData("Default")]
    [InlineData("anonymous")]
    public void Policy_CalledAsYarpsAre_IsRefused(string name) =>
        Reading.Shipped(root => Authenticated(root)["AuthorizationPolicies"] = new JsonObject { [name] = JsonNode.Parse("""{ "Scopes": [ "a" ] }""") }).IsRefused(
            $"AuthorizationPolicies.{name}: no policy can be called '{name}': to YARP's routes that name means something else.");

    [Fact]
    public void Route_NamingAnUnknownPolicy_IsToldWhichWasMeant() => Reading.Shipped(root =>
    {
        Authenticated(root)["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Scopes": [ "a" ] } }""");
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "reader";
        root["Aggregations"]!["eventsByUser"]!["AuthorizationPolicy"] = "anonymous";
    }).IsRefused(
        "ReverseProxy.Routes.getUsers.AuthorizationPolicy: there is no authorization policy 'reader'; known are readers; did you mean 'readers'?",
        "Aggregations.eventsByUser.AuthorizationPolicy: there is no authorization policy 'anonymous'; known are readers.");

    [Fact]
    public void Unused_SchemesAndPolicies_AreWarnings() => Assert.Equal(
        ["Authentication.JwtBearer.corp: no authorization policy takes this.", "AuthorizationPolicies.readers: nothing uses this authorization policy."],
        Reading.Shipped(root => Authenticated(root)["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Schemes": [ "ApiKey" ] } }""")).Problems
            .Select(problem => $"{problem.Path}: {problem.Text}"));

    [Fact]
    public void Undecided_WhereNobodyIsAsked_IsOneNotice()
    {
        var notice = Assert.Single(Undecided.In(Reading.Shipped().IsTakenUp()), notice => notice.Path.StartsWith("Authorization", StringComparison.Ordinal));
        Assert.Equal("appsettings.json:1:1: notice: AuthorizationPolicies: no route and no aggregation asks who its clients are (AuthorizationPolicy).", notice.ToString());
    }

    [Fact]
    public void Undecided_WhereSomeAreAsked_NamesTheOthers()
    {
        var plan = Reading.Shipped(root =>
        {
            Authenticated(root)["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Scopes": [ "a" ] } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
        }).IsTakenUp();

        Assert.Equal(
            ["ReverseProxy.Routes.getEvents.AuthorizationPolicy", "ReverseProxy.Routes.addEvent.AuthorizationPolicy", "Aggregations.eventsByUser.AuthorizationPolicy"],
            Undecided.In(plan).Select(notice => notice.Path).Where(path => path.Contains("Authorization", StringComparison.Ordinal)));
    }

    private static LoadedConfiguration Issuer(string issuer) => Reading.Shipped(root =>
    {
        Authenticated(root)["Authentication"]!["JwtBearer"]!["corp"] = JsonNode.Parse(issuer);
        Use(root, """{ "Schemes": [ "corp", "ApiKey" ] }""");
    });

    private static LoadedConfiguration ApiKeys(string keys) => Reading.Shipped(root => Authenticated(root)["Authentication"]!["ApiKeys"] = JsonNode.Parse(keys));

    private static LoadedConfiguration Policy(string policy) => Reading.Shipped(root => Use(Authenticated(root), policy));

    private static void Use(JsonNode root, string policy)
    {
        root["AuthorizationPolicies"] = new JsonObject { ["readers"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
    }

    private static JsonNode Authenticated(JsonNode root)
    {
        root["Authentication"] = JsonNode.Parse(
            $$"""{ "JwtBearer": { "corp": { {{Rest}}, {{Address}} } }, "ApiKeys": { "Keys": { "cron": { "Hashes": [ "{{GuardedGateway.HashOf("x")}}" ] } } } }""");
        return root;
    }

    private static string Secret(int bytes) => Convert.ToBase64String(new byte[bytes]);
}
