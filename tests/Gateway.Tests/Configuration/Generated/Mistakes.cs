using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Configuration.Generated;

/// <summary>
/// Mistakes that an operator can make. Each spoils a valid configuration in one place and says which: what is reported must be that
/// place or one within or around it.
/// </summary>
internal static class Mistakes
{
    private static readonly IReadOnlyList<Func<Spoiler, string>> All =
    [
        // anywhere
        s => s.Set(s.Any("ReverseProxy.Routes"), "Bogus", 1),
        s => s.Set(s.Any("ReverseProxy.Clusters"), "Bogus", new JsonObject()),
        s => s.Set(s.Any("CircuitBreakers"), "Bogus", "x"),
        s => s.Set(s.Any("Aggregations"), "Bogus", new JsonArray()),
        s => s.Set("", "Bogus", true),
        s => s.Set("", "AccessLog", "perhaps"),
        s => s.Set("", "AllowEmpty", "1"),
        s => s.Set("", "DrainDelay", "-00:00:01"),
        s => s.Set("ReverseProxy", "Routes", 5),
        s => s.Set("ReverseProxy.Routes", "r", "x"),
        s => s.Set("ReverseProxy.Clusters", "c", new JsonArray()),
        s => s.Set("CircuitBreakers", "b", "x"),
        s => s.Set("Aggregations", "a", 1),

        // routes
        s => s.Set(s.Any("ReverseProxy.Routes"), "ClusterId", "elsewhere"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "ClusterId", null),
        s => s.Set(s.Any("ReverseProxy.Routes"), "RouteId", "another"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Match", new JsonObject()),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Order", "first"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Timeout", "30"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "MaxRequestBodySize", -2),
        s => s.Set(s.Any("ReverseProxy.Routes"), "CorsPolicy", "open"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "RateLimiterPolicy", "perhaps"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Metadata", new JsonObject { ["RetryPolicy"] = "perhaps" }),
        s => s.Set(s.Any("Aggregations"), "RetryPolicy", "perhaps"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Metadata", new JsonObject { ["RequestBody"] = "unknown" }),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Path", "/x/{"),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Path", "/x/{id:nosuch}"),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Path", "/x/{id:length(a)}"),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Path", "/x/{id:regex([)}"),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Path", "/x/{id}/{id}"),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Hosts", new JsonArray("example.com:http")),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Hosts", new JsonArray("[::1]:80")),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Methods", new JsonArray("GRAB")),
        s => s.Set(s.Any("ReverseProxy.Routes") + ".Match", "Methods", "GET"),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Transforms", new JsonArray(new JsonObject { ["CircuitBreaker"] = "unknown" })),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Transforms", new JsonArray(new JsonObject { ["Bogus"] = "1" })),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Transforms", new JsonArray(new JsonObject())),
        s => s.Set("ReverseProxy.Routes", "twin", s.At(s.Any("ReverseProxy.Routes"))!.DeepClone()),

        // clusters
        s => s.Set(s.Any("ReverseProxy.Clusters"), "Destinations", new JsonObject()),
        s => s.Set(s.Any("ReverseProxy.Clusters"), "LoadBalancingPolicy", "Fair"),
        s => s.Set(s.Any("ReverseProxy.Clusters"), "HttpRequest", new JsonObject { ["ActivityTimeout"] = "00:00:00" }),
        s => s.Set(s.Any("ReverseProxy.Clusters") + ".Destinations.d0", "Address", "localhost:4000"),
        s => s.Set(s.Any("ReverseProxy.Clusters") + ".Destinations.d0", "Address", "ftp://host"),
        s => s.Set(s.Any("ReverseProxy.Clusters") + ".Destinations.d0", "Address", null),
        s => s.Set(s.Any("ReverseProxy.Clusters") + ".Destinations.d0", "Health", "?"),

        // breakers
        s => s.Set(s.Any("CircuitBreakers"), "FailureThreshold", 0),
        s => s.Set(s.Any("CircuitBreakers"), "FailureThreshold", 3.5),
        s => s.Set(s.Any("CircuitBreakers"), "FailureWindow", "1.00:00:01"),
        s => s.Set("CircuitBreakers", "b", new JsonObject { ["ResetTimeout"] = "00:01:00", ["MaxResetTimeout"] = "00:00:59" }),
        s => s.Set(s.Any("CircuitBreakers"), "Jitter", 0.95),
        s => s.Set(s.Any("CircuitBreakers"), "FailureStatuses", "600"),

        // limits
        s => s.Set(s.Any("RateLimiterPolicies"), "PermitLimit", 0),
        s => s.Set(s.Any("RateLimiterPolicies"), "Kind", "Window"),
        s => s.Set(s.Any("RateLimiterPolicies"), "Header", "X-Key"),
        s => s.Set(s.Any("RateLimiterPolicies"), "TokensPerPeriod", 0),
        s => s.Set("", "Limits", new JsonObject { ["MaxQueuedRequests"] = 5 }),
        s => s.Set("", "Limits", new JsonObject { ["KeepAliveTimeout"] = "00:00:00" }),

        // retries, cache, compression, versions
        s => s.Set(s.Any("RetryPolicies"), "MaxAttempts", 6),
        s => s.Set(s.Any("RetryPolicies"), "Statuses", "404"),
        s => s.Set(s.Any("RetryPolicies"), "Budget", 1.5),
        s => s.Set(s.Any("OutputCachePolicies"), "Duration", "00:00:00"),
        s => s.Set(s.Any("OutputCachePolicies"), "VaryByHeader", new JsonArray("Cookie")),
        s => s.Set(s.Any("OutputCachePolicies"), "VaryByQuery", new JsonArray("*", "q")),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Metadata", new JsonObject { ["OutputCachePolicy"] = "perhaps" }),
        s => s.Set(s.Any("ReverseProxy.Routes"), "Metadata", new JsonObject { ["Compress"] = "perhaps" }),
        s => s.Set(s.Any("Aggregations"), "OutputCachePolicy", "perhaps"),
        s => s.Set(s.Any("Aggregations"), "Compress", "perhaps"),
        s => s.Set("Versions", "v", new JsonObject { ["Prefix"] = "v1" }),
        s => s.Set("Versions", "v", new JsonObject { ["Prefix"] = "/health" }),
        s => s.Set("Versions", "v", new JsonObject { ["Prefix"] = "/v", ["Routes"] = new JsonArray("nobody") }),
        s => s.Set("Versions", "v", new JsonObject { ["Prefix"] = "/v", ["Deprecated"] = new JsonObject { ["Since"] = "soon" } }),

        // aggregations
        s => s.Set(s.Any("Aggregations") + ".Steps[0]", "Cluster", "elsewhere"),
        s => s.Set(s.Any("Aggregations") + ".Steps[0]", "CircuitBreaker", "unknown"),
        s => s.Around(s.Around(s.Set(s.Any("Aggregations") + ".Steps[0]", "ForEach", "list#/items"))),
        s => s.Set(s.Any("Aggregations") + ".Steps[0]", "Path", "/x/{nobody}"),
        s => s.Set(s.Any("Aggregations") + ".Steps[0]", "Timeout", "02:00:00"),
        s => s.Set(s.Any("Aggregations") + ".Steps[0]", "MaxItems", 0),
        s => s.Set(s.Any("Aggregations") + ".Steps[0]", "Headers", new JsonArray("Range")),
        s => s.Set(s.Any("Aggregations"), "Output", "nothing"),
        s => s.Around(s.Set(s.Any("Aggregations"), "Steps", new JsonArray())),
        s => s.Set(s.Any("Aggregations"), "Mode", "Whatever"),
        s => s.Around(s.Set(s.Any("Aggregations"), "TotalTimeout", "00:00:00")),
        s => s.Set(s.Any("Aggregations") + ".Match", "Path", "/x/{id}/{id}"),
        s => s.Around(s.Around(s.Set(s.Any("Aggregations") + ".Match", "Path", "/health"))),
        s => s.Set(s.Any("Aggregations") + ".Match", "Methods", new JsonArray("POST")),
    ];

    public static int Count => All.Count;

    /// <summary>The configuration with the mistake of this number in it, and the path at which it was made.</summary>
    public static (JsonObject Root, string Path) Make(int number, JsonObject valid, Random random)
    {
        var root = (JsonObject)valid.DeepClone();
        var path = All[number](new Spoiler(root, random));
        return (root, path);
    }

    internal sealed class Spoiler(JsonObject root, Random random)
    {
        /// <summary>The path of one member of the object at this path.</summary>
        public string Any(string path)
        {
            var members = At(path)!.AsObject();
            return $"{path}.{members.ElementAt(random.Next(members.Count)).Key}";
        }

        public JsonNode? At(string path)
        {
            JsonNode? node = root;
            foreach (var key in FilePlace.KeysOf(path))
            {
                node = int.TryParse(key, out var index) ? node![index] : node![key];
            }

            return node;
        }

        /// <summary>For a mistake that makes other members wrong, too.</summary>
        public string Around(string path) => path[..path.LastIndexOf('.')];

        public string Set(string path, string key, JsonNode? value)
        {
            At(path)!.AsObject()[key] = value;
            return path.Length == 0 ? key : $"{path}.{key}";
        }
    }
}
