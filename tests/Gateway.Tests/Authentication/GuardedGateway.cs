using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Authentication;

/// <summary>
/// A gateway that asks who its clients are: <c>getUsers</c> takes tokens with the scope events.read, <c>addEvent</c> API keys of ops, the aggregation
/// either of anybody, and <c>getEvents</c> asks nothing. Its clock stands still until the test moves it.
/// </summary>
internal sealed class GuardedGateway : IAsyncDisposable
{
    public const string Key = "4f6d0a5c-first";
    public const string NextKey = "9b1e77aa-second";

    private readonly EditedGateway _gateway;

    private GuardedGateway(TestIssuer issuer, RawUpstream upstream, EditedGateway gateway)
    {
        Issuer = issuer;
        Upstream = upstream;
        _gateway = gateway;
    }

    public TestIssuer Issuer { get; }

    public RawUpstream Upstream { get; }

    public ManualClock Clock => _gateway.Clock;

    public LogEntries Log => _gateway.Log;

    public TestGateway Gateway => _gateway.Gateway;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<GuardedGateway> StartAsync(TestKey key, Action<JsonNode>? edit = null) => StartAsync(new TestIssuer(key), edit);

    public static async Task<GuardedGateway> StartAsync(TestIssuer issuer, Action<JsonNode>? edit = null)
    {
        var upstream = RawUpstream.Start((request, connection) => connection.RespondAsync(
            request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? """{"events":[]}""" : "[]"));
        return new GuardedGateway(issuer, upstream, await EditedGateway.StartAsync(Configuration(issuer, upstream, edit)));
    }

    public static string HashOf(string key) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

    /// <summary>Puts another file in the place of the gateway's, and waits until it serves.</summary>
    public Task EditAsync(Action<JsonNode>? edit = null) => _gateway.ApplyAsync(Configuration(Issuer, Upstream, edit));

    public string Token(TestKey key, Action<JsonObject>? edit = null, Action<JsonObject>? head = null) => Issuer.Token(key, Clock.GetUtcNow(), edit, head);

    /// <summary>Sends one request on a connection of its own, and reads the answer.</summary>
    public async Task<RawResponse> SendAsync(string request)
    {
        using var client = await RawClient.ConnectAsync(Gateway.Port, Cancellation);
        await client.SendAsync(request, Cancellation);
        return await client.ReadResponseAsync(Cancellation);
    }

    /// <summary>A <c>GET /getUsers</c> with this token.</summary>
    public Task<RawResponse> GetAsync(string token) => SendAsync(Http.Get("/getUsers", $"Authorization: Bearer {token}"));

    /// <summary>A <c>POST /addEvent</c> with this API key.</summary>
    public Task<RawResponse> PostAsync(string key) => SendAsync(Http.Post(WiredGateway.NewEvent, $"X-Api-Key: {key}"));

    public async Task<int> StatusAsync(string token) => (await GetAsync(token)).Status;

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await Upstream.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    private static string Configuration(TestIssuer issuer, RawUpstream upstream, Action<JsonNode>? edit) => TestGateway.Configuration(upstream.Address, root =>
    {
        root["Authentication"] = JsonNode.Parse(
            $$"""
            {
              "JwtBearer": { "corp": { "Issuer": "{{issuer.Name}}", "Audiences": [ "{{TestIssuer.Audience}}" ], "MetadataAddress": "{{issuer.MetadataAddress}}" } },
              "ApiKeys": { "Keys": {
                "cron": { "Hashes": [ "{{HashOf(Key)}}", "{{HashOf(NextKey)}}" ], "Scopes": [ "events.write" ], "Claims": { "role": [ "ops" ] } },
                "guest": { "Hashes": [ "{{HashOf("guest")}}" ] }
              } }
            }
            """);
        root["AuthorizationPolicies"] = JsonNode.Parse(
            """
            {
              "readers": { "Schemes": [ "corp" ], "Scopes": [ "events.read" ] },
              "writers": { "Schemes": [ "ApiKey" ], "Scopes": [ "events.write" ], "Claims": { "role": [ "admin", "ops" ] } },
              "anyone": { "Schemes": [ "corp", "ApiKey" ] }
            }
            """);
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
        root["ReverseProxy"]!["Routes"]!["addEvent"]!["AuthorizationPolicy"] = "writers";
        root["Aggregations"]!["eventsByUser"]!["AuthorizationPolicy"] = "anyone";
        edit?.Invoke(root);
    });
}
