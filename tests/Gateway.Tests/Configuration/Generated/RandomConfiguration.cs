using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Configuration.Generated;

/// <summary>
/// A configuration drawn at random: valid, of all that a file can have, and with the requests by which to see that each route and each
/// aggregation of it serves.
/// </summary>
internal sealed class RandomConfiguration
{
    private readonly Random _random;
    private readonly IReadOnlyList<StubUpstream> _upstreams;
    private readonly Dictionary<string, (StubUpstream Upstream, string Prefix)> _clusters = [];
    private readonly List<string> _breakers = [];
    private readonly List<string> _rateLimiters = [];
    private readonly List<string> _retries = [];
    private readonly List<string> _caches = [];
    private readonly List<Probe> _probes = [];

    private RandomConfiguration(Random random, IReadOnlyList<StubUpstream> upstreams)
    {
        _random = random;
        _upstreams = upstreams;
    }

    public JsonObject Root { get; } = [];

    public IReadOnlyList<Probe> Probes => _probes;

    public static RandomConfiguration Draw(Random random, IReadOnlyList<StubUpstream> upstreams)
    {
        var drawn = new RandomConfiguration(random, upstreams);
        drawn.DrawAll();
        return drawn;
    }

    private void DrawAll()
    {
        if (Maybe())
        {
            Root["AccessLog"] = Maybe();
        }

        if (Maybe())
        {
            Root["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Some.Category"] = OneOf("Error", "None") } };
        }

        var clusters = Section(1, 3, "c", DrawCluster);
        Root["CircuitBreakers"] = Section(1, 3, "b", DrawBreaker);
        Root["RateLimiterPolicies"] = Section(1, 3, "l", DrawRateLimiter);
        Root["RetryPolicies"] = Section(1, 2, "t", DrawRetries);
        Root["OutputCachePolicies"] = Section(1, 2, "o", DrawCache);
        if (Maybe())
        {
            Root["Limits"] = new JsonObject { ["MaxConcurrentRequests"] = 100_000, ["MaxQueuedRequests"] = 10, ["KeepAliveTimeout"] = "00:05:00" };
        }

        Root["ReverseProxy"] = new JsonObject { ["Routes"] = Section(1, 6, "r", DrawRoute), ["Clusters"] = clusters };
        Root["Aggregations"] = Section(1, 3, "a", DrawAggregation);
        var written = _probes.ToList();
        Root["Versions"] = Section(0, 2, "v", name => DrawVersion(name, written));
    }

    private JsonObject Section(int from, int to, string prefix, Func<string, JsonObject> draw)
    {
        var section = new JsonObject();
        for (var i = _random.Next(from, to + 1); i > 0; i--)
        {
            var name = $"{prefix}{_random.Next(1_000_000)}";
            section[name] = draw(name);
        }

        return section;
    }

    private JsonObject DrawCluster(string name)
    {
        var upstream = _upstreams[_random.Next(_upstreams.Count)];
        var prefix = OneOf("", "", "/base", "/base/v1");
        _clusters[name] = (upstream, prefix);
        var cluster = new JsonObject { ["Destinations"] = new JsonObject { ["d0"] = new JsonObject { ["Address"] = upstream.Address + prefix } } };
        if (Maybe())
        {
            cluster["Destinations"]!["d1"] = new JsonObject { ["Address"] = $"{upstream.Address}{prefix}/" };
            cluster["LoadBalancingPolicy"] = OneOf("RoundRobin", "Random", "LeastRequests", "PowerOfTwoChoices", "FirstAlphabetical");
        }

        if (Maybe())
        {
            cluster["HttpRequest"] = new JsonObject { ["ActivityTimeout"] = OneOf("00:00:20", "00:01:40"), ["Version"] = "1.1" };
        }

        if (Maybe())
        {
            cluster["Metadata"] = new JsonObject { ["MaxConcurrentCalls"] = "100000", ["QueueTimeout"] = "00:00:05" };
        }

        if (Maybe())
        {
            cluster["HttpClient"] = new JsonObject { ["MaxConnectionsPerServer"] = _random.Next(10, 1000) };
        }

        return cluster;
    }

    private JsonObject DrawBreaker(string name)
    {
        _breakers.Add(name);
        var breaker = new JsonObject();
        Draw("FailureThreshold", () => _random.Next(1, 10_001));
        Draw("FailureWindow", () => OneOf("00:00:00.500", "00:10:00", "1.00:00:00"));
        Draw("ResetTimeout", () => OneOf("00:00:01", "00:00:30"));
        Draw("MaxResetTimeout", () => OneOf("00:01:00", "1.00:00:00"));
        Draw("Jitter", () => OneOf(0, 0.5, 0.9));
        Draw("HalfOpenMaxProbes", () => _random.Next(1, 1001));
        Draw("MinimumFailureRatio", () => OneOf(0, 0.25, 1));
        Draw("FailureRatio", () => OneOf(0.001, 1));
        Draw("MinimumCalls", () => _random.Next(1, 1_000_001));
        Draw("Mode", () => OneOf("Automatic", "Disabled", "MetricsOnly"));
        Draw("FailureStatuses", () => OneOf("500-599", "429, 500-599", "503"));
        breaker["ProbeTimeout"] = "01:00:00";   // the longest that a guarded call may take here
        return breaker;

        void Draw(string key, Func<JsonNode> value)
        {
            if (Maybe())
            {
                breaker[key] = value();
            }
        }
    }

    // More than the probes could use up.
    private JsonObject DrawRateLimiter(string name)
    {
        _rateLimiters.Add(name);
        var limiter = OneOf(
            new JsonObject { ["Kind"] = "FixedWindow", ["Window"] = "00:01:00", ["MaxPartitions"] = 10 },
            new JsonObject { ["Kind"] = "SlidingWindow", ["Window"] = "01:00:00", ["SegmentsPerWindow"] = 100 },
            new JsonObject { ["Kind"] = "TokenBucket", ["TokensPerPeriod"] = 1000, ["ReplenishmentPeriod"] = "00:00:01" },
            new JsonObject { ["Kind"] = "Concurrency", ["QueueLimit"] = 10 });
        limiter["PermitLimit"] = 100_000;
        if (Maybe())
        {
            limiter["PartitionBy"] = OneOf("ClientAddress", "ApiKey", "Subject");
        }

        return limiter;
    }

    private JsonObject DrawRetries(string name)
    {
        _retries.Add(name);
        return new JsonObject
        {
            ["MaxAttempts"] = _random.Next(2, 6),
            ["Statuses"] = OneOf("", "503", "500-599"),
            ["Budget"] = OneOf(0.1, 0.5, 1),
            ["BudgetWindow"] = OneOf("00:00:01", "00:05:00"),
        };
    }

    private JsonObject DrawCache(string name)
    {
        _caches.Add(name);
        var cache = new JsonObject { ["Duration"] = OneOf("00:00:00.001", "00:00:30", "1.00:00:00") };
        if (Maybe())
        {
            cache["StaleIfError"] = OneOf("00:00:00", "7.00:00:00");
            cache["VaryByQuery"] = OneOf(new JsonArray(), new JsonArray("*"), new JsonArray("q"));
        }

        if (Maybe())
        {
            cache["VaryByHeader"] = new JsonArray("X-Key");
            cache["VaryByCaller"] = true;
        }

        if (Maybe())
        {
            cache["MaxBodySize"] = OneOf(0, 10, 1_000_000);
            cache["Tags"] = new JsonArray("some");
        }

        return cache;
    }

    // Whatever belongs to it answers below its prefix as well.
    private JsonObject DrawVersion(string name, List<Probe> written)
    {
        var version = new JsonObject { ["Prefix"] = $"/{OneOf("", "api/")}{name}" };
        var members = written;
        if (Maybe())
        {
            members = [.. written.Where(_ => Maybe())];
            version["Routes"] = NamesOf("r");
            version["Aggregations"] = NamesOf("a");
        }

        if (Maybe())
        {
            version["Deprecated"] = new JsonObject { ["Since"] = "2026-11-01", ["Sunset"] = OneOf("2026-11-01", "2027-01-01T12:00:00Z") };
        }

        _probes.AddRange(members.Select(probe => probe with { Target = version["Prefix"] + probe.Target }));
        return version;

        JsonArray NamesOf(string kind) =>
            [.. members.Select(probe => probe.Name).Where(member => member.StartsWith(kind, StringComparison.Ordinal)).Select(member => (JsonNode)member)];
    }

    private JsonObject DrawRoute(string name)
    {
        var cluster = OneOf([.. _clusters.Keys]);
        var (pattern, path) = OneOf(
            ($"/{name}", $"/{name}"),
            ($"/{name}/{{id}}", $"/{name}/7"),
            ($"/{name}/{{id:int}}/end", $"/{name}/42/end"),
            ($"/{name}/{{id:regex(^v\\d+$)}}", $"/{name}/v12"),
            ($"/{name}/{{**rest}}", $"/{name}/a/b/c"));
        var method = OneOf("GET", "POST", "PUT", "DELETE");
        var match = new JsonObject { ["Path"] = pattern };
        var route = new JsonObject { ["ClusterId"] = cluster, ["Match"] = match };
        var probe = new Probe(name, method, path, Host: null, [], "");
        if (Maybe())
        {
            match["Methods"] = new JsonArray([.. new[] { method, OneOf("PATCH", "OPTIONS") }.Select(m => (JsonNode)m)]);
        }

        if (Maybe())
        {
            match["Hosts"] = new JsonArray($"{name}.test");
            probe = probe with { Host = $"{name}.test" };
        }

        if (Maybe())
        {
            match["Headers"] = new JsonArray(new JsonObject { ["Name"] = "X-Key", ["Values"] = new JsonArray(name), ["Mode"] = "ExactHeader" });
            probe = probe with { Headers = [("X-Key", name)] };
        }

        var query = "";
        if (Maybe())
        {
            match["QueryParameters"] = new JsonArray(new JsonObject { ["Name"] = "q", ["Values"] = new JsonArray("v"), ["Mode"] = "Exact" });
            query = "?q=v";
        }

        if (Maybe())
        {
            route["Order"] = _random.Next(-5, 6);
        }

        if (Maybe())
        {
            route["Timeout"] = OneOf("00:00:30", "00:05:00");
        }

        if (Maybe())
        {
            route["MaxRequestBodySize"] = OneOf(-1, 1000, 1_000_000);
        }

        if (Maybe())
        {
            route["RateLimiterPolicy"] = OneOf([.. _rateLimiters]);
        }

        var metadata = new JsonObject();
        if (method == "POST" && Maybe())
        {
            metadata["RequestBody"] = "newEvent";
        }

        if (Maybe())
        {
            metadata["AttemptTimeout"] = OneOf("00:00:10", "00:00:30");
        }

        if (Maybe())
        {
            metadata["RetryPolicy"] = OneOf([.. _retries]);
        }

        if (Maybe())
        {
            metadata["OutputCachePolicy"] = OneOf([.. _caches]);
        }

        if (Maybe())
        {
            metadata["Compress"] = OneOf("true", "false");
        }

        if (metadata.Count > 0)
        {
            route["Metadata"] = metadata;
        }

        var (transforms, upstreamPath, upstreamQuery, marker) = DrawTransforms(name, path, query);
        if (transforms.Count > 0)
        {
            route["Transforms"] = transforms;
        }

        _probes.Add(probe with { Target = path + query, Expected = At(cluster, upstreamPath + upstreamQuery, marker) });
        return route;
    }

    private (JsonArray Transforms, string Path, string Query, string? Marker) DrawTransforms(string name, string path, string query)
    {
        var transforms = new JsonArray();
        string? marker = null;
        if (Maybe())
        {
            transforms.Add(new JsonObject { ["CircuitBreaker"] = OneOf([.. _breakers]) });
        }

        switch (_random.Next(4))
        {
            case 0:
                transforms.Add(new JsonObject { ["PathPrefix"] = "/before" });
                path = "/before" + path;
                break;
            case 1 when path.Length > name.Length + 1:
                transforms.Add(new JsonObject { ["PathRemovePrefix"] = $"/{name}" });
                path = path[(name.Length + 1)..];
                break;
            case 2:
                transforms.Add(new JsonObject { ["PathSet"] = $"/set/{name}" });
                path = $"/set/{name}";
                break;
        }

        if (Maybe())
        {
            marker = $"m{_random.Next(1000)}";
            transforms.Add(new JsonObject { ["RequestHeader"] = StubUpstream.Marker, ["Set"] = marker });
        }

        if (Maybe())
        {
            transforms.Add(new JsonObject { ["QueryValueParameter"] = "added", ["Set"] = "1" });
            query += query.Length == 0 ? "?added=1" : "&added=1";
        }

        return (transforms, path, query, marker);
    }

    private JsonObject DrawAggregation(string name)
    {
        var steps = new JsonArray();
        var outputs = new List<(string Step, string Expected)>();
        var list = AddStep("list", $"/list/{name}/{{id}}", $"/list/{name}/5", forEach: null);
        outputs.Add(("list", list));
        if (Maybe())
        {
            outputs.Add(("alone", AddStep("alone", $"/alone/{name}?of={{id}}", $"/alone/{name}?of=5", forEach: null)));
        }

        if (Maybe())
        {
            var cluster = OneOf([.. _clusters.Keys]);
            AddTo(cluster, "each", $"/each/{name}/{{id}}/{{item}}", "list#/items");
            outputs.Add(("each", $"[{string.Join(',', StubUpstream.Items.Select(item => At(cluster, $"/each/{name}/5/{item}", null)))}]"));
        }

        var aggregation = new JsonObject
        {
            ["Match"] = new JsonObject { ["Path"] = $"/{name}/{{id}}/all" },
            ["Steps"] = steps,
            ["TotalTimeout"] = "01:00:00",   // the clock runs in leaps
        };
        if (Maybe())
        {
            aggregation["Mode"] = OneOf("FailFast", "Partial");
        }

        if (Maybe())
        {
            aggregation["RetryPolicy"] = OneOf([.. _retries]);
            aggregation["Compress"] = true;
        }

        if (Maybe())
        {
            aggregation["OutputCachePolicy"] = OneOf([.. _caches]);
        }

        if (outputs.Count == 1 && Maybe())
        {
            aggregation["Output"] = outputs[0].Step;
            _probes.Add(new Probe(name, "GET", $"/{name}/5/all", null, [], outputs[0].Expected));
        }
        else
        {
            aggregation["Output"] = new JsonObject(outputs.Select(o => KeyValuePair.Create(o.Step + "Out", (JsonNode?)o.Step)));
            _probes.Add(new Probe(
                name, "GET", $"/{name}/5/all", null, [], $"{{{string.Join(',', outputs.Select(o => $"\"{o.Step}Out\":{o.Expected}"))}}}"));
        }

        return aggregation;

        string AddStep(string id, string path, string target, string? forEach)
        {
            var cluster = OneOf([.. _clusters.Keys]);
            AddTo(cluster, id, path, forEach);
            return At(cluster, target, null);
        }

        void AddTo(string cluster, string id, string path, string? forEach)
        {
            var step = new JsonObject { ["Id"] = id, ["Cluster"] = cluster, ["Path"] = path, ["Timeout"] = "01:00:00" };
            if (forEach is not null)
            {
                step["ForEach"] = forEach;
                step["MaxConcurrency"] = _random.Next(1, 10);
            }

            if (Maybe())
            {
                step["CircuitBreaker"] = OneOf([.. _breakers]);
            }

            steps.Add(step);
        }
    }

    private string At(string cluster, string target, string? marker)
    {
        var (upstream, prefix) = _clusters[cluster];
        return upstream.AnswerTo(prefix + target, marker);
    }

    private bool Maybe() => _random.Next(2) == 0;

    private T OneOf<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];
}

/// <summary>A request, and the whole body that its answer must have.</summary>
internal sealed record Probe(
    string Name, string Method, string Target, string? Host, IReadOnlyList<(string Name, string Value)> Headers, string Expected)
{
    public async Task CheckAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(new HttpMethod(Method), Target);
        request.Headers.Host = Host;
        foreach (var (name, value) in Headers)
        {
            request.Headers.Add(name, value);
        }

        request.Content = Method is "POST" or "PUT" ? new StringContent(WiredGateway.NewEvent, null, "application/json") : null;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((200, Expected), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }
}
