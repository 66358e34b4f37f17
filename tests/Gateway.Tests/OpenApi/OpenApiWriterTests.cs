using System.Text.Json.Nodes;
using EventGateway.Gateway.OpenApi;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.OpenApi;

public class OpenApiWriterTests
{
    [Fact]
    public void Write_ShippedFile_DescribesTheFourEndpoints()
    {
        var api = Write();

        Assert.Equal("3.1.0", (string?)api["openapi"]);
        Assert.Equal(
            ["/addEvent post", "/getEvents get", "/getEvents head", "/getEventsByUserId/{id} get", "/getUsers get", "/getUsers head"], Operations(api));
        Assert.Equal(
            "#/components/schemas/User",
            (string?)api["paths"]!["/getUsers"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["items"]!["$ref"]);
        Assert.Equal(["400", "404", "500", "502", "503", "504"], Failures(api, "/getEventsByUserId/{id}", "get"));
        Assert.Equal(["400", "408", "413", "415", "500", "502", "503", "504"], Failures(api, "/addEvent", "post"));
        Assert.Equal(
            ["circuit_open", "no_destination"],
            Examples(api["paths"]!["/addEvent"]!["post"]!["responses"]!["503"]!));
        Assert.Equal("OPEN", (string?)api["components"]!["examples"]!["circuit_open"]!["value"]!["circuitBreakerState"]);
        Assert.Equal("""["id"]""", new JsonArray([.. api["paths"]!["/getEventsByUserId/{id}"]!["get"]!["parameters"]!.AsArray().Select(p => p!["name"]!.DeepClone())]).ToJsonString());
    }

    [Fact]
    public void Write_Head_HasNoContent() =>
        Assert.All(Write()["paths"]!["/getUsers"]!["head"]!["responses"]!.AsObject(), answer => Assert.Null(answer.Value!["content"]));

    [Fact]
    public void Write_Policies_AreAskedOfClients()
    {
        var api = Write(root =>
        {
            root["Authentication"] = JsonNode.Parse(
                """
                {
                  "JwtBearer": { "corp": { "Issuer": "https://login.example.com", "Audiences": [ "events" ], "MetadataAddress": "https://keys.internal/meta" } },
                  "ApiKeys": { "Header": "X-Key", "Keys": { "cron": { "Hashes": [ "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" ] } } }
                }
                """);
            root["AuthorizationPolicies"] = JsonNode.Parse("""{ "readers": { "Scopes": [ "events.read" ] } }""");
            root["RateLimiterPolicies"] = JsonNode.Parse("""{ "perClient": { "Kind": "FixedWindow", "PermitLimit": 100, "Window": "00:01:00" } }""");
            root["AllowedHosts"] = new JsonArray("api.example.com");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["AuthorizationPolicy"] = "readers";
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "perClient";
        });
        var operation = api["paths"]!["/getUsers"]!["get"]!;

        Assert.Equal("""[{"corp":["events.read"]},{"ApiKey":[]}]""", operation["security"]!.ToJsonString());
        Assert.Equal("[]", api["paths"]!["/getEvents"]!["get"]!["security"]!.ToJsonString());
        Assert.Equal("X-Key", (string?)api["components"]!["securitySchemes"]!["ApiKey"]!["name"]);
        Assert.Equal(["400", "401", "403", "421", "429", "500", "502", "503", "504"], Failures(api, "/getUsers", "get"));
        Assert.Equal(
            ["X-Correlation-Id", "RateLimit", "RateLimit-Policy", "Retry-After"],
            operation["responses"]!["429"]!["headers"]!.AsObject().Select(header => header.Key));
        Assert.DoesNotContain("9f86d081", api.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("keys.internal", api.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Versions_AreDescribedWithTheirPrefixAndTheOldPathsAsDeprecated()
    {
        var api = Write(root => root["Versions"] = JsonNode.Parse(
            """{ "v1": { "Prefix": "/v1", "Routes": [ "getUsers" ], "Aggregations": [] }, "old": { "Prefix": "/", "Deprecated": { "Since": "2026-11-01" } } }"""));

        Assert.Equal(["/v1/getUsers get", "/v1/getUsers head"], Operations(api).Where(operation => operation.StartsWith("/v1", StringComparison.Ordinal)));
        Assert.Null(api["paths"]!["/v1/getUsers"]!["get"]!["deprecated"]);
        Assert.True((bool?)api["paths"]!["/getUsers"]!["get"]!["deprecated"]);
        Assert.Equal(
            ["X-Correlation-Id", "Deprecation", "Link"], api["paths"]!["/getUsers"]!["get"]!["responses"]!["502"]!["headers"]!.AsObject().Select(header => header.Key));
    }

    [Fact]
    public void Write_FurtherRoutes_AreDescribedAsFarAsConfigurationTells()
    {
        var api = Write(root =>
        {
            AddRoute(root, "files", """{ "Path": "/files/{**path}" }""");
            AddRoute(root, "item", """{ "Path": "items/{id:int}/{part?}", "Methods": [ "get" ], "Headers": [ { "Name": "X-Team", "Values": [ "hush" ] } ] }""");
            AddRoute(root, "named", """{ "Path": "/items/{name}/{p}", "Methods": [ "GET" ], "Hosts": [ "a.example.com" ] }""");
            AddRoute(root, "any", """{ "Hosts": [ "b.example.com" ] }""");
        });

        Assert.Equal(["delete", "get", "patch", "post", "put"], api["paths"]!["/files/{path}"]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.NotNull(api["paths"]!["/{path}"]);
        var item = api["paths"]!["/items/{id}/{part}"]!["get"]!;
        Assert.Equal(["id path", "part path", "X-Team header"], item["parameters"]!.AsArray().Select(p => $"{p!["name"]} {p["in"]}"));
        Assert.EndsWith("Some of these requests are named's, by host, headers, query or order.", (string?)item["description"], StringComparison.Ordinal);
        Assert.Null(api["paths"]!["/items/{name}/{p}"]);
        Assert.DoesNotContain("hush", api.ToJsonString(), StringComparison.Ordinal);
        var ids = api["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => (string)operation.Value!["operationId"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Write_PartsThatMayBeLeftOut_MakePathsOfTheirOwn()
    {
        var api = Write(root =>
        {
            root["Versions"] = JsonNode.Parse("""{ "v1": { "Prefix": "/v1", "Routes": [ "two", "any" ], "Aggregations": [] } }""");
            AddRoute(root, "two", """{ "Path": "/two/{a}/{b?}", "Methods": [ "GET" ] }""");
            AddRoute(root, "from", """{ "Path": "/from/{x=5}/{y=6}", "Methods": [ "GET" ] }""");
            AddRoute(root, "file", """{ "Path": "/file/{name}.{type?}", "Methods": [ "GET" ] }""");
            AddRoute(root, "any", """{ "Path": "{any?}", "Methods": [ "PUT" ], "Hosts": [ "a.example.com" ] }""");
        });

        Assert.Equal(
            [
                "/ put", "/file/{name} get", "/file/{name}.{type} get", "/from get", "/from/{x} get", "/from/{x}/{y} get", "/two/{a} get", "/two/{a}/{b} get",
                "/v1/ put", "/v1/two/{a} get", "/v1/two/{a}/{b} get", "/v1/{any} put", "/{any} put",
            ],
            Operations(api).Where(operation => !operation.StartsWith("/get", StringComparison.Ordinal) && !operation.StartsWith("/add", StringComparison.Ordinal)));
        Assert.Equal("a", (string?)Assert.Single(api["paths"]!["/two/{a}"]!["get"]!["parameters"]!.AsArray())!["name"]);
    }

    [Theory]
    [InlineData("/q{{x}}/y", "/q%7Bx%7D/y", "")]
    [InlineData("/a#b/{id}", "/a%23b/{id}", "id")]
    [InlineData("/ünï/{ß}/{ö}/{_2}", "/ünï/{_}/{_2}/{_22}", "_, _2, _22")]
    public void Write_CharactersThatOpenApiHasNoWayFor_AreWrittenOtherwise(string pattern, string path, string parameters)
    {
        var api = Write(root => AddRoute(root, "odd", $$"""{ "Path": "{{pattern}}", "Methods": [ "GET" ] }"""));
        var names = api["paths"]![path]!["get"]!["parameters"]?.AsArray().Select(parameter => (string?)parameter!["name"]) ?? [];
        Assert.Equal(parameters, string.Join(", ", names));
    }

    [Fact]
    public void Write_CheckedBody_IsDescribedWhereverItIsAskedFor()
    {
        var api = Write(root =>
        {
            AddRoute(root, "other", """{ "Path": "/events", "Methods": [ "POST", "DELETE" ] }""");
            root["ReverseProxy"]!["Routes"]!["other"]!["Metadata"] = new JsonObject { ["RequestBody"] = "newEvent" };
        });
        var operation = api["paths"]!["/events"]!["post"]!;

        Assert.Equal(
            "#/components/schemas/NewEvent", (string?)Assert.Single(operation["requestBody"]!["content"]!.AsObject()).Value!["schema"]!["$ref"]);
        Assert.NotNull(api["components"]!["schemas"]!["NewEvent"]);
        Assert.StartsWith("The body is checked", (string?)operation["description"], StringComparison.Ordinal);
        Assert.StartsWith("Passed on as it is", (string?)api["paths"]!["/events"]!["delete"]!["description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/getUsers", "get", "200")]
    [InlineData("/getUsers", "head", "200")]
    [InlineData("/getEventsByUserId/{id}", "get", "200")]
    [InlineData("/files", "get", "default")]
    public void Write_KeptAnswers_HaveATagAndMayBeAskedForByIt(string path, string method, string answer)
    {
        var api = Kept();
        var operation = api["paths"]![path]![method]!;

        Assert.Equal(["X-Correlation-Id", "Cache-Status", "ETag", "Age"], HeadersOf(operation, answer));
        Assert.Equal(["X-Correlation-Id", "Cache-Status", "ETag", "Age"], HeadersOf(operation, "304"));
        Assert.Null(operation["responses"]!["304"]!["content"]);
        Assert.False((bool?)operation["parameters"]!.AsArray().Single(parameter => (string?)parameter!["name"] == "If-None-Match")!["required"]);
    }

    [Fact]
    public void Write_AnswersThatAreNotKept_HaveNone()
    {
        var api = Kept();
        Assert.Equal(["X-Correlation-Id", "Cache-Status"], HeadersOf(api["paths"]!["/files"]!["post"]!, "default"));
        Assert.Null(api["paths"]!["/files"]!["post"]!["responses"]!["304"]);
        Assert.Equal(["X-Correlation-Id"], HeadersOf(api["paths"]!["/getEvents"]!["get"]!, "200"));
        Assert.Null(api["paths"]!["/getEvents"]!["get"]!["responses"]!["304"]);
    }

    [Fact]
    public void Write_Server_IsWhereTheDocumentIsUnlessItIsSaid()
    {
        var plan = Reading.Shipped().IsTakenUp();
        Assert.Equal("/", (string?)Assert.Single(OpenApiWriter.Write(plan)["servers"]!.AsArray())!["url"]);
        Assert.Equal("http://localhost:3000", (string?)Assert.Single(OpenApiWriter.Write(plan, "http://localhost:3000")["servers"]!.AsArray())!["url"]);
    }

    [Fact]
    public void Write_WhateverLiesBehind_IsNotInIt()
    {
        var text = Write(root =>
        {
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = "http://hidden.internal:4000";
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["Transforms"] = JsonNode.Parse("""[ { "RequestHeader": "X-Key", "Set": "hush" } ]""");
        }).ToJsonString();

        Assert.All(["hidden.internal", "hush", "event-api"], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Write_References_LeadSomewhere()
    {
        var api = Write(root => root["Aggregations"]!["eventsByUser"]!["Mode"] = "Partial");
        var references = System.Text.RegularExpressions.Regex.Matches(api.ToJsonString(), "\"#/components/([^/\"]+)/([^\"]+)\"").Select(m => (m.Groups[1].Value, m.Groups[2].Value)).Distinct().ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(api["components"]![reference.Item1]![reference.Item2]));
    }

    private static JsonObject Write(Action<JsonNode>? edit = null) => OpenApiWriter.Write(Reading.Shipped(edit).IsTakenUp());

    private static JsonObject Kept() => Write(root =>
    {
        root["OutputCachePolicies"] = JsonNode.Parse("""{ "short": { "Duration": "00:00:01" } }""");
        AddRoute(root, "files", """{ "Path": "/files" }""");
        root["ReverseProxy"]!["Routes"]!["files"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "short" };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "short" };
        root["Aggregations"]!["eventsByUser"]!["OutputCachePolicy"] = "short";
    });

    private static IEnumerable<string> HeadersOf(JsonNode operation, string status) => operation["responses"]![status]!["headers"]!.AsObject().Select(header => header.Key);

    private static void AddRoute(JsonNode root, string name, string match) =>
        root["ReverseProxy"]!["Routes"]![name] = new JsonObject { ["ClusterId"] = "event-api", ["Match"] = JsonNode.Parse(match) };

    private static IEnumerable<string> Operations(JsonObject api) => api["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => $"{path.Key} {operation.Key}")).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Failures(JsonObject api, string path, string method) => api["paths"]![path]![method]!["responses"]!.AsObject()
        .Select(answer => answer.Key).Where(status => status[0] is '4' or '5');

    private static IEnumerable<string> Examples(JsonNode response) =>
        response["content"]!["application/problem+json"]!["examples"]!.AsObject().Select(example => example.Key);
}
