using System.Text.Json.Nodes;

namespace EventGateway.EndToEnd.Tests.OpenApi;

/// <summary>The shipped configuration with something of everything of which its description tells.</summary>
internal static class RichConfiguration
{
    public static void Edit(JsonNode root)
    {
        root["Authentication"] = JsonNode.Parse($$"""{ "ApiKeys": { "Keys": { "cron": { "Hashes": [ "sha256:{{new string('0', 64)}}" ] } } } }""");
        root["AuthorizationPolicies"] = JsonNode.Parse("""{ "members": { "Schemes": [ "ApiKey" ], "Scopes": [ "events.read" ] } }""");
        root["RateLimiterPolicies"] = JsonNode.Parse("""{ "perClient": { "Kind": "FixedWindow", "PermitLimit": 100, "Window": "00:01:00" } }""");
        root["Limits"] = JsonNode.Parse("""{ "MaxConcurrentRequests": 100 }""");
        root["PublicOpenApi"] = true;
        var routes = root["ReverseProxy"]!["Routes"]!;
        routes["files"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api", "Match": { "Path": "/files/{**path}" }, "AuthorizationPolicy": "members", "RateLimiterPolicy": "perClient",
              "MaxRequestBodySize": 1000
            }
            """);
        routes["item"] = JsonNode.Parse(
            """
            {
              "ClusterId": "event-api",
              "Match": { "Path": "/items/{id:int}/{part?}", "Methods": [ "GET", "PUT" ], "Headers": [ { "Name": "X-Team", "Values": [ "a" ] } ] }
            }
            """);
        routes["named"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/items/{name}/{p}", "Hosts": [ "a.example.com" ] } }""");
        routes["any"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Hosts": [ "b.example.com" ] }, "Order": 5 }""");
        routes["odd"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/o{{dd}}/{ß}/{part=1}", "Methods": [ "GET" ] }, "Metadata": { "OutputCachePolicy": "short" } }""");
        routes["event"] = JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/event", "Methods": [ "POST" ] }, "Metadata": { "RequestBody": "newEvent" } }""");
        root["OutputCachePolicies"] = JsonNode.Parse("""{ "short": { "Duration": "00:00:01" } }""");
        root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "short";
        var both = root["Aggregations"]!["eventsByUser"]!.DeepClone();
        both["Match"]!["Path"] = "/both/{id}";
        both["Mode"] = "Partial";
        both["Output"] = JsonNode.Parse("""{ "user": "user", "events": "event" }""");
        both["AuthorizationPolicy"] = "members";
        root["Aggregations"]!["both"] = both;
        root["Versions"] = JsonNode.Parse(
            """
            {
              "v1": { "Prefix": "/v1" },
              "unversioned": { "Prefix": "/", "Deprecated": { "Since": "2026-11-01", "Sunset": "2027-06-30", "Successor": "v1" } }
            }
            """);
    }
}
