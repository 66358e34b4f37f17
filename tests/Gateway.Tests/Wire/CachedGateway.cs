using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>A gateway that keeps the answers of <c>getUsers</c> and <c>eventsByUser</c> by a policy.</summary>
internal static class CachedGateway
{
    public const string OneSecond = """{ "Duration": "00:00:01" }""";
    public const string TenSecondsAndAMinute = """{ "Duration": "00:00:10", "StaleIfError": "00:01:00" }""";

    public static Task<WiredGateway> StartAsync(string policy, Func<RawRequest, RawConnection, Task>? answer = null, Action<JsonNode>? edit = null) =>
        WiredGateway.StartAsync(answer ?? ((request, connection) => connection.RespondAsync(Body(request), headers: "Content-Type: application/json")), root =>
        {
            Use(root, policy);
            edit?.Invoke(root);
        });

    public static void Use(JsonNode root, string policy)
    {
        root["OutputCachePolicies"] = new JsonObject { ["p"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "p" };
        root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "p";
    }

    public static JsonObject Client(string key) => new()
    {
        ["Hashes"] = new JsonArray($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)))}"),
    };

    /// <summary>All methods at the path of getUsers, by a route of its own, without a policy.</summary>
    public static void LetWrite(JsonNode root) => root["ReverseProxy"]!["Routes"]!["write"] = JsonNode.Parse(
        """{ "ClusterId": "event-api", "Match": { "Path": "/getUsers/{**rest}" } }""");

    public static Task ApplyAsync(WiredGateway gateway, string? policy, Action<JsonNode>? edit = null) =>
        gateway.Services.GetRequiredService<LiveConfiguration>().ApplyAsync(Reading.Shipped(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = gateway.Upstream.Address;
            edit?.Invoke(root);
            if (policy is not null)
            {
                Use(root, policy);
            }
        }).IsTakenUp());

    /// <summary>A user without events, or no users.</summary>
    public static string Body(RawRequest request) => request.Target.StartsWith("/getUserById", StringComparison.Ordinal) ? """{"events":[]}""" : "[]";

    public static async Task WaitForAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public static Task<double?> CountAsync(WiredGateway gateway, string route, string result) =>
        gateway.MetricAsync($$"""gateway_cache_requests_total{result="{{result}}",route="{{route}}"}""");
}
