using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Authentication;

/// <summary>
/// A small OpenID Connect provider on loopback: a discovery document, its keys, and tokens, made without the library that the gateway
/// judges them by.
/// </summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "events";

    private readonly RawUpstream _server;
    private volatile IReadOnlyList<TestKey> _keys;
    private volatile bool _isDown;

    public TestIssuer(params IReadOnlyList<TestKey> keys)
    {
        _keys = keys;
        _server = RawUpstream.Start(AnswerAsync);
    }

    /// <summary>Those that it publishes.</summary>
    public IReadOnlyList<TestKey> Keys
    {
        get => _keys;
        set => _keys = value;
    }

    /// <summary>Whether it resets every connection.</summary>
    public bool IsDown
    {
        get => _isDown;
        set => _isDown = value;
    }

    /// <summary>What it says that it is; its address, unless a test has it lie.</summary>
    public string? Claimed { get; set; }

    /// <summary>Where it says that its keys are.</summary>
    public string? KeysAddress { get; set; }

    public string Name => _server.Address;

    public string MetadataAddress => $"{_server.Address}/.well-known/openid-configuration";

    /// <summary>Targets of all requests so far.</summary>
    public IReadOnlyList<string> Requests => [.. _server.Requests.Select(request => request.Target)];

    /// <summary>The JSON Web Key Set of these keys.</summary>
    public static string SetOf(params IEnumerable<TestKey> keys) => new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => key.Public)]) }.ToJsonString();

    /// <summary>A token for alice that is good for five minutes, unless <paramref name="edit"/> changes that.</summary>
    public string Token(TestKey key, DateTimeOffset now, Action<JsonObject>? edit = null, Action<JsonObject>? head = null)
    {
        var payload = new JsonObject
        {
            ["iss"] = Name,
            ["aud"] = Audience,
            ["sub"] = "alice",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
            ["scope"] = "events.read profile",
        };
        edit?.Invoke(payload);
        return key.Sign(payload.ToJsonString(), head);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task AnswerAsync(RawRequest request, RawConnection connection)
    {
        if (IsDown)
        {
            connection.Reset();
            return Task.CompletedTask;
        }

        return request.Target switch
        {
            "/.well-known/openid-configuration" => connection.RespondAsync(
                new JsonObject { ["issuer"] = Claimed ?? Name, ["jwks_uri"] = KeysAddress ?? $"{Name}/keys" }.ToJsonString()),
            "/keys" => connection.RespondAsync(SetOf(Keys)),
            _ => connection.RespondAsync("", "404 Not Found"),
        };
    }
}

/// <summary>A key pair of an issuer.</summary>
internal sealed class TestKey
{
    private readonly string _kid;
    private readonly string _algorithm;
    private readonly Func<byte[], byte[]> _sign;

    private TestKey(string kid, string algorithm, Func<byte[], byte[]> sign, JsonObject @public, string pem)
    {
        _kid = kid;
        _algorithm = algorithm;
        _sign = sign;
        PublicText = @public.ToJsonString();
        Pem = pem;
    }

    /// <summary>As a JSON Web Key.</summary>
    public string PublicText { get; }

    public JsonNode Public => JsonNode.Parse(PublicText)!;

    /// <summary>The public key as PEM, which has no id.</summary>
    public string Pem { get; }

    public static TestKey Rsa(string kid, string algorithm = "RS256", int bits = 2048)
    {
        var rsa = RSA.Create(bits);
        var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");
        var padding = algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        return new TestKey(kid, algorithm, data => rsa.SignData(data, hash, padding), new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = kid,
            ["n"] = Base64Url.EncodeToString(parameters.Modulus!),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent!),
        }, rsa.ExportSubjectPublicKeyInfoPem());
    }

    public static TestKey Ec(string kid)
    {
        var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = ec.ExportParameters(includePrivateParameters: false);
        return new TestKey(kid, "ES256", data => ec.SignData(data, HashAlgorithmName.SHA256), new JsonObject
        {
            ["kty"] = "EC",
            ["kid"] = kid,
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(parameters.Q.X!),
            ["y"] = Base64Url.EncodeToString(parameters.Q.Y!),
        }, ec.ExportSubjectPublicKeyInfoPem());
    }

    /// <summary>A shared secret.</summary>
    public static TestKey Hmac(string kid, byte[] secret) => new(kid, "HS256", data => HMACSHA256.HashData(secret, data), new JsonObject
    {
        ["kty"] = "oct",
        ["kid"] = kid,
        ["k"] = Base64Url.EncodeToString(secret),
    }, "");

    /// <summary>No signature at all.</summary>
    public static TestKey None(string algorithm = "none") => new("a", algorithm, static _ => [], [], "");

    public string Sign(string payload, Action<JsonObject>? edit = null)
    {
        var head = new JsonObject { ["alg"] = _algorithm, ["typ"] = "JWT", ["kid"] = _kid };
        edit?.Invoke(head);
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Base64Url.EncodeToString(_sign(Encoding.ASCII.GetBytes(signed)))}";
    }
}
