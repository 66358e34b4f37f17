using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>Puts what a row shows into the shipped file, at the place of which the row's table speaks.</summary>
internal static class Examples
{
    // What the examples refer to by name.
    private static readonly Dictionary<string, (string Section, string Policies)> Named = new()
    {
        ["CorsPolicy"] = ("CorsPolicies", """{ "web": { "Origins": [ "https://app.example.com" ] } }"""),
        ["AuthorizationPolicy"] = ("AuthorizationPolicies", """{ "readers": { "Scopes": [ "events.read" ] } }"""),
        ["RateLimiterPolicy"] = ("RateLimiterPolicies", """{ "perClient": { "Kind": "FixedWindow", "PermitLimit": 100, "Window": "00:01:00" } }"""),
        ["RetryPolicy"] = ("RetryPolicies", """{ "reads": {} }"""),
        ["OutputCachePolicy"] = ("OutputCachePolicies", """{ "short": { "Duration": "00:00:01" } }"""),
    };

    // What authorization policies need to be there.
    private const string Authentication =
        """
        {
          "JwtBearer": { "corp": { "Issuer": "https://login.example.com", "Audiences": [ "events" ], "MetadataAddress": "https://login.example.com/meta" } },
          "ApiKeys": { "Keys": { "cron": { "Hashes": [ "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" ] } } }
        }
        """;

    private static readonly string Certificate = WriteCertificate();

    /// <summary>Writes members where the table's keys stand: objects are merged, all else is replaced.</summary>
    public static void Write(JsonNode root, string section, JsonObject members)
    {
        if (section == ConfigurationReference.Transforms)
        {
            var route = root["ReverseProxy"]!["Routes"]!["addEvent"]!;
            route["Match"]!["Path"] = "/addEvent/{id}/{**rest}";   // parameters that the examples speak of
            route["Transforms"] = new JsonArray(members.DeepClone());
        }
        else
        {
            Merge(PlaceOf(root, section), members);
            if (root["Https"] is JsonObject https)
            {
                https["Port"] ??= 8443;
                https["Certificate"] = new JsonObject { ["Path"] = Certificate };   // that of the example isn't there
            }

            foreach (var key in members.Select(member => member.Key).Where(Named.ContainsKey))
            {
                root[Named[key].Section] = JsonNode.Parse(Named[key].Policies);
            }

            if (root["AuthorizationPolicies"] is not null)
            {
                root["Authentication"] ??= JsonNode.Parse(Authentication);
            }
        }
    }

    /// <summary>The value of a key within its example; null if the example doesn't have it.</summary>
    public static JsonNode? ValueIn(JsonObject members, ReferenceRow row) => ParentIn(members, row)?[row.Steps[^1]];

    /// <summary>Takes the key out again, and leaves the rest of the example.</summary>
    public static void Remove(JsonNode root, ReferenceRow row) => ParentIn(PlaceOf(root, row.Section), row)!.Remove(row.Steps[^1]);

    /// <summary>Members that set the key to another value in the row's example.</summary>
    public static JsonObject With(ReferenceRow row, JsonNode? value)
    {
        var members = row.ExampleMembers;
        ParentIn(members, row)![row.Steps[^1]] = value;
        return members;
    }

    private static JsonObject? ParentIn(JsonObject members, ReferenceRow row)
    {
        JsonNode? node = members;
        foreach (var step in row.Steps[..^1])
        {
            node = step switch
            {
                "[]" => (node as JsonArray)?.FirstOrDefault(),
                "*" => (node as JsonObject)?.FirstOrDefault().Value,
                _ => (node as JsonObject)?[step],
            };
        }

        return node as JsonObject;
    }

    private static JsonObject PlaceOf(JsonNode root, string section)
    {
        var route = root["ReverseProxy"]!["Routes"]!["addEvent"]!;
        var cluster = root["ReverseProxy"]!["Clusters"]!["event-api"]!;
        var aggregation = root["Aggregations"]!["eventsByUser"]!;
        return (section switch
        {
            "Top level" => root,
            "Https" => root["Https"] ??= new JsonObject(),
            "Routes" => route,
            ConfigurationReference.RouteMetadata => route["Metadata"] ??= new JsonObject(),
            "Clusters" => cluster,
            ConfigurationReference.ClusterMetadata => cluster["Metadata"] ??= new JsonObject(),
            "CircuitBreakers" => root["CircuitBreakers"]!["addEvent"]!,
            "Aggregations" => aggregation,
            "CorsPolicies" => (root["CorsPolicies"] ??= new JsonObject())["web"] ??= new JsonObject { ["Origins"] = new JsonArray("https://app.example.com") },
            "Authentication" => root["Authentication"] ??= new JsonObject(),
            "JwtBearer" => ((root["Authentication"] ??= new JsonObject())["JwtBearer"] ??= new JsonObject())["corp"] ??= new JsonObject(),
            "AuthorizationPolicies" => (root["AuthorizationPolicies"] ??= new JsonObject())["readers"] ??= new JsonObject(),
            "RateLimiterPolicies" => (root["RateLimiterPolicies"] ??= new JsonObject())["perClient"] ??= new JsonObject(),
            "RetryPolicies" => (root["RetryPolicies"] ??= new JsonObject())["reads"] ??= new JsonObject(),
            "Versions" => (root["Versions"] ??= new JsonObject { ["v2"] = new JsonObject { ["Prefix"] = "/v2" } })["v1"]
                ??= new JsonObject { ["Prefix"] = "/v1" },
            "OutputCachePolicies" => (root["OutputCachePolicies"] ??= new JsonObject())["short"] ??= new JsonObject(),
            "Limits" => root["Limits"] ??= new JsonObject(),
            "Steps" => aggregation["Steps"]![1]!,
            _ => throw new ArgumentOutOfRangeException(nameof(section), section, "There is no such table."),
        }).AsObject();
    }

    private static string WriteCertificate()
    {
        var certificate = TestCertificate.Create();
        var file = Path.Combine(AppContext.BaseDirectory, "example.pem");
        File.WriteAllText(file, certificate.Pem + certificate.KeyPem);
        return file;
    }

    private static void Merge(JsonObject target, JsonObject members)
    {
        foreach (var (key, value) in members)
        {
            if (target[key] is JsonObject inner && value is JsonObject more)
            {
                Merge(inner, more);
            }
            else
            {
                target[key] = value?.DeepClone();
            }
        }
    }
}
