using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Versions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.OpenApi;

/// <summary>
/// Describes a configuration as OpenAPI 3.1: what clients can ask for, and everything that they may be answered. Nothing of what lies behind
/// the gateway is in it, neither addresses nor names of clusters nor the values that conditions compare with.
/// </summary>
internal sealed partial class OpenApiWriter
{
    // Of a route that takes every method.
    private static readonly string[] AnyMethod = [HttpMethods.Get, HttpMethods.Put, HttpMethods.Post, HttpMethods.Delete, HttpMethods.Patch];

    // OpenAPI has no operation for others.
    private static readonly string[] Described = [.. AnyMethod, HttpMethods.Head, HttpMethods.Options];

    // Header parameters of these names are to be ignored, says OpenAPI: other parts of the document tell of them.
    private static readonly string[] NoParameters = ["Accept", "Content-Type", "Authorization"];

    // The contract of the rule newEvent, wherever a route names it.
    private const string NewEvent = "POST /addEvent";

    private readonly GatewayPlan _plan;
    private readonly string? _server;
    private readonly PossibleErrors _errors;
    private readonly JsonNode _eventApi;
    private readonly JsonObject _paths = [];
    private readonly JsonObject _examples = [];
    private readonly JsonObject _schemes = [];
    private readonly Dictionary<string, string> _pathOfShape = [];
    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);

    private OpenApiWriter(GatewayPlan plan, string? server)
    {
        _plan = plan;
        _server = server;
        _errors = new PossibleErrors(plan);
        using var text = typeof(OpenApiWriter).Assembly.GetManifestResourceStream("OpenApi.EventApi.json")!;
        _eventApi = JsonNode.Parse(text)!;
    }

    /// <param name="plan">The configuration.</param>
    /// <param name="server">Where what is described answers; null: where the description is read.</param>
    public static JsonObject Write(GatewayPlan plan, string? server = null) => new OpenApiWriter(plan, server).Write();

    private JsonObject Write()
    {
        // The newest first, which is how they are read; the paths as they are written last.
        var prefixed = _plan.Versions.All.Where(version => version.Prefix.Length > 0);
        foreach (var version in prefixed.OrderBy(version => version.Deprecation is not null).ThenBy(version => version.Prefix, StringComparer.Ordinal))
        {
            WriteEndpoints(version);
        }

        WriteEndpoints(_plan.Versions.All.FirstOrDefault(version => version.Prefix.Length == 0));
        var components = Components();
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "EventGateway",
                ["version"] = ConfigurationMetrics.Version,
                ["description"] = "The event API through its gateway. Errors are problem details (RFC 9457) that also carry the event API's own members.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(_server is null
                ? new JsonObject { ["url"] = "/", ["description"] = "Where this document is." }
                : new JsonObject { ["url"] = _server, ["description"] = "The gateway's public port, as it knows it. At this document's own address nothing of the API answers." }),
            ["tags"] = new JsonArray(
                new JsonObject { ["name"] = "Aggregations", ["description"] = "Answers that the gateway composes of several." },
                new JsonObject { ["name"] = "Routes", ["description"] = "Requests that the gateway passes on." }),
            ["paths"] = _paths,
            ["components"] = components,
        };
    }

    private void WriteEndpoints(VersionPlan? version)
    {
        var prefix = version?.Prefix ?? "";
        var aggregations = _plan.Aggregations.Where(aggregation => version?.Aggregations.Contains(aggregation.Name) != false)
            .Select(aggregation => (Endpoint: aggregation, Paths: ApiPath.AllOf(prefix, aggregation.Path).ToList())).ToList();

        // Of two that take the same requests the router prefers the lower order, and the one that asks for more.
        var routes = _plan.Routes.Where(route => version?.Routes.Contains(route.RouteId) != false).OrderBy(route => route.Order ?? 0)
            .Select(route => (Endpoint: route, Paths: ApiPath.AllOf(prefix, route.Match.Path).ToList())).ToList();
        foreach (var isWhole in (bool[])[true, false])   // what somebody wrote goes before what is left of a path
        {
            foreach (var (aggregation, paths) in aggregations)
            {
                Array.ForEach([.. isWhole ? paths.Take(1) : paths.Skip(1)], path => WriteAggregation(aggregation, path, version));
            }

            foreach (var (route, paths) in routes)
            {
                Array.ForEach([.. isWhole ? paths.Take(1) : paths.Skip(1)], path => WriteRoute(route, path, version));
            }
        }
    }

    private void WriteAggregation(AggregationPlan aggregation, ApiPath path, VersionPlan? version)
    {
        var policies = _plan.AggregationPolicies.GetValueOrDefault(aggregation.Name, EndpointPolicies.None);
        foreach (var method in aggregation.Methods)
        {
            if (Begin(path, method, aggregation.Name, version) is not { } operation)
            {
                continue;
            }

            var known = Known(HttpMethods.Get, aggregation.Path);
            operation["tags"] = new JsonArray("Aggregations");
            operation["summary"] = (string?)known?["summary"] ?? aggregation.Name;
            operation["description"] = Describe(
                (string?)known?["description"], $"Composed of {string.Join(", ", aggregation.Steps.Select(step => step.Id))}.",
                aggregation.Mode == AggregationMode.Partial ? "What fails is null in the answer, and X-Gateway-Partial counts it." : null);
            AddCondition(operation, policies, method);
            operation["security"] = Security(policies.Authorization);
            var answer = known?["responses"]!["200"]!.DeepClone().AsObject() ?? new JsonObject
            {
                ["description"] = "The answer.",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = SchemaOf(aggregation) } },
            };
            operation["responses"] = Responses(
                new() { ["200"] = answer }, _errors.OfAggregation(aggregation, policies), policies, version, method,
                aggregation.Mode == AggregationMode.Partial ? ["X-Gateway-Partial"] : []);
        }
    }

    private void WriteRoute(RouteConfig route, ApiPath path, VersionPlan? version)
    {
        var policies = _plan.RoutePolicies.GetValueOrDefault(route.RouteId, EndpointPolicies.None);
        var methods = route.Match.Methods is { Count: > 0 } own ? own : AnyMethod;
        foreach (var method in methods.Select(method => method.ToUpperInvariant()).Where(Described.Contains))
        {
            if (Begin(path, method, route.RouteId, version) is not { } operation)
            {
                continue;
            }

            var known = Known(HttpMethods.IsHead(method) ? HttpMethods.Get : method, route.Match.Path);
            var isChecked = PossibleErrors.HasBody(method) && MetadataReader.Read<RouteMetadata>(route.Metadata).RequestBody is { } rule && RequestBodyPolicy.Find(rule) is not null;
            operation["tags"] = new JsonArray("Routes");
            operation["summary"] = (string?)known?["summary"] ?? route.RouteId;
            operation["description"] = Describe(
                (string?)known?["description"],
                route.Match.Hosts is { Count: > 0 } hosts ? $"Only for {string.Join(", ", hosts)}." : null,
                known is not null ? null
                : isChecked ? "The body is checked, and gets an id if it has none; what comes back is the upstream's."
                : "Passed on as it is; what comes back is the upstream's.");
            AddConditions(operation, route.Match);
            AddCondition(operation, policies, method);
            operation["security"] = Security(policies.Authorization);
            if ((isChecked ? _eventApi["operations"]![NewEvent] : known)?["requestBody"] is { } body)
            {
                operation["requestBody"] = body.DeepClone();
            }
            else if (PossibleErrors.HasBody(method))
            {
                operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["*/*"] = new JsonObject { ["schema"] = new JsonObject() } } };
            }

            var answers = known?["responses"]!.DeepClone().AsObject() ?? [];
            answers["default"] = new JsonObject { ["description"] = "Whatever else the upstream answers." };
            operation["responses"] = Responses(answers, _errors.OfRoute(route, policies, method), policies, version, method, []);
        }
    }

    // Null where another endpoint has been described under the same path and method: OpenAPI knows no conditions beyond them.
    private JsonObject? Begin(ApiPath path, string method, string name, VersionPlan? version)
    {
        var text = _pathOfShape.TryGetValue(path.Shape, out var first) ? first : path.Text;
        var verb = method.ToLowerInvariant();
        var item = _paths[text]?.AsObject() ?? [];
        if (item[verb] is JsonObject described)
        {
            var or = $"Some of these requests are {name}'s, by host, headers, query or order.";
            described["description"] = Describe((string?)described["description"], or);
            return null;
        }

        _pathOfShape[path.Shape] = text;
        var names = Placeholders().Matches(text).Select(match => match.Groups[1].Value).ToList();
        var operation = new JsonObject { ["operationId"] = IdOf(name, verb, version) };
        if (version?.Deprecation is not null)
        {
            operation["deprecated"] = true;
        }

        var parameters = new JsonArray([.. path.Parameters.Select((parameter, i) => (JsonNode)new JsonObject
        {
            ["name"] = names[i],
            ["in"] = "path",
            ["required"] = true,
            ["description"] = parameter.Part.IsCatchAll ? "The rest of the path, slashes included; it may be empty."
                : parameter.Part.ParameterPolicies.Count > 0 ? $"As {string.Join(", ", parameter.Part.ParameterPolicies.Select(policy => policy.Content))}."
                : "One segment of the path.",
            ["schema"] = new JsonObject { ["type"] = "string" },
        })]);
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        item[verb] = operation;
        _paths[text] ??= item;
        return operation;
    }

    private static void AddConditions(JsonObject operation, RouteMatch match)
    {
        var conditions = (match.Headers ?? []).Where(header => header.Mode != HeaderMatchMode.NotExists && !NoParameters.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
            .Select(header => (header.Name, In: "header"))
            .Concat((match.QueryParameters ?? []).Select(parameter => (parameter.Name, In: "query")))
            .DistinctBy(condition => (condition.Name.ToUpperInvariant(), condition.In));
        foreach (var (name, place) in conditions)
        {
            AddParameter(operation, name, place, isRequired: true, "By this the route is told from others.");
        }
    }

    // What the cache keeps has a tag, and who has it needn't get it again. A route that is told from others by this header has it already.
    private static void AddCondition(JsonObject operation, EndpointPolicies policies, string method)
    {
        if (IsKept(policies, method) && (operation["parameters"] as JsonArray)?.Any(p => HeaderNames.IfNoneMatch.Equals((string?)p!["name"], StringComparison.OrdinalIgnoreCase)) != true)
        {
            AddParameter(operation, HeaderNames.IfNoneMatch, "header", isRequired: false, "The ETag of what the client has.");
        }
    }

    private static bool IsKept(EndpointPolicies policies, string method) => policies.OutputCache is not null && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method));

    private static void AddParameter(JsonObject operation, string name, string place, bool isRequired, string description)
    {
        var parameters = operation["parameters"] as JsonArray ?? [];
        parameters.Add((JsonNode)new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["required"] = isRequired,
            ["description"] = description,
            ["schema"] = new JsonObject { ["type"] = "string" },
        });
        operation["parameters"] ??= parameters;
    }

    private string IdOf(string name, string verb, VersionPlan? version)
    {
        var id = NotOfNames().Replace($"{(version is { Prefix.Length: > 0 } ? $"{version.Name}-" : "")}{name}", "-");
        for (var (candidate, n) = (id, 2); ; candidate = n == 2 ? $"{id}-{verb}" : $"{id}-{verb}-{n}", n++)
        {
            if (_ids.Add(candidate))
            {
                return candidate;
            }
        }
    }

    // The contract of the event API belongs to its paths.
    private JsonNode? Known(string method, string? path) => path is null ? null : _eventApi["operations"]![$"{method} {path}"];

    private static string Describe(params IEnumerable<string?> sentences) => string.Join(' ', sentences.Where(sentence => sentence is not null));

    private JsonObject SchemaOf(AggregationPlan aggregation)
    {
        var output = _plan.Options.Aggregations[aggregation.Name].Output;
        if (output.Step is { } step)
        {
            return OfStep(step);
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray([.. output.Members.Keys.Select(key => (JsonNode)key)]),
            ["properties"] = new JsonObject(output.Members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)OfStep(member.Value)))),
        };

        JsonObject OfStep(string id) => aggregation.Steps.Single(s => s.Id == id).IsFanOut
            ? new() { ["type"] = "array", ["items"] = new JsonObject(), ["description"] = $"The answers of {id}." }
            : new() { ["description"] = $"The answer of {id}." };
    }

    private JsonArray Security(AuthorizationPlan? authorization)
    {
        var ways = new JsonArray();
        foreach (var issuer in authorization?.Tokens ?? [])
        {
            var name = NotOfNames().Replace(issuer.Name, "-");
            _schemes[name] ??= new JsonObject
            {
                ["type"] = "http",
                ["scheme"] = "bearer",
                ["bearerFormat"] = "JWT",
                ["description"] = $"A JSON Web Token of {issuer.Issuer}.",
            };
            ways.Add((JsonNode)new JsonObject { [name] = new JsonArray([.. authorization!.Options.Scopes.Select(scope => (JsonNode)scope)]) });
        }

        if (authorization?.ApiKeys is { } keys)
        {
            _schemes[AuthenticationPlan.ApiKey] ??= new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = keys.Header };
            ways.Add((JsonNode)new JsonObject { [AuthenticationPlan.ApiKey] = new JsonArray() });
        }

        return ways;
    }

    private JsonObject Responses(
        JsonObject answers, IEnumerable<GatewayError> errors, EndpointPolicies policies, VersionPlan? version, string method, IEnumerable<string> headersOfSuccess)
    {
        var always = new List<string> { "X-Correlation-Id" };
        always.AddRange(policies.RateLimiter is null ? [] : ["RateLimit", "RateLimit-Policy"]);
        always.AddRange(version?.Deprecation is { } deprecation ? deprecation.Sunset is null ? ["Deprecation", "Link"] : ["Deprecation", "Sunset", "Link"] : []);
        if (_plan.Https.RedirectFromHttp)
        {
            answers["308"] = new JsonObject { ["description"] = "The request came over HTTP, and is to be sent over HTTPS." };
        }

        var isKept = IsKept(policies, method);
        if (isKept)
        {
            answers["304"] = new JsonObject { ["description"] = "What the client has still holds." };
        }

        foreach (var (status, answer) in answers)
        {
            var ofCache = policies.OutputCache is null || status == "308" ? [] : new List<string> { "Cache-Status" };
            ofCache.AddRange(isKept && (status is "200" or "304" || (status == "default" && !answers.ContainsKey("200"))) ? ["ETag", "Age"] : []);
            answer!["headers"] = HeadersOf([.. always, .. ofCache, .. status == "200" ? headersOfSuccess : []]);
        }

        foreach (var group in errors.DistinctBy(error => (error.Status, error.Code, error.Detail)).GroupBy(error => error.Status).OrderBy(group => group.Key))
        {
            var own = always.Concat(group.Any(error => error.RetryAfterSeconds is not null) ? ["Retry-After"] : []).Concat(group.Key == 401 ? ["WWW-Authenticate"] : []);
            var codes = string.Join(", ", group.Select(error => error.Code).Distinct());
            answers[$"{group.Key}"] = new JsonObject
            {
                ["description"] = $"{ReasonPhrases.GetReasonPhrase(group.Key)}: {codes}.",
                ["headers"] = HeadersOf(own),
                ["content"] = new JsonObject
                {
                    ["application/problem+json"] = new JsonObject
                    {
                        ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Problem" },
                        ["examples"] = new JsonObject(group.Select(error =>
                        {
                            var name = ExampleOf(error);
                            return KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["$ref"] = $"#/components/examples/{name}" });
                        })),
                    },
                },
            };
        }

        if (HttpMethods.IsHead(method))
        {
            foreach (var (_, answer) in answers)
            {
                answer!.AsObject().Remove("content");
            }
        }

        return new JsonObject(answers.OrderBy(answer => answer.Key, StringComparer.Ordinal).Select(answer => KeyValuePair.Create(answer.Key, answer.Value?.DeepClone())));
    }

    private static JsonObject HeadersOf(IEnumerable<string> names) =>
        new(names.Select(name => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["$ref"] = $"#/components/headers/{name}" })));

    // By its code; where two of a code differ, with a number.
    private string ExampleOf(GatewayError error)
    {
        var body = JsonNode.Parse(ErrorWriter.BodyOf(error, "8f14e45fceea167a5a36dedd4bea2543"))!;
        for (var (name, n) = (error.Code, 2); ; name = $"{error.Code}-{n++}")
        {
            if (_examples[name] is null)
            {
                _examples[name] = new JsonObject { ["summary"] = error.Detail, ["value"] = body };
                return name;
            }

            if (JsonNode.DeepEquals(_examples[name]!["value"], body))
            {
                return name;
            }
        }
    }

    private JsonObject Components()
    {
        var schemas = new JsonObject();
        var text = _paths.ToJsonString();
        foreach (var (name, schema) in _eventApi["schemas"]!.AsObject())
        {
            if (text.Contains($"#/components/schemas/{name}\"", StringComparison.Ordinal))
            {
                schemas[name] = schema!.DeepClone();
            }
        }

        if (_examples.Count > 0)
        {
            schemas["Problem"] = OpenApiParts.Problem();
        }

        var headers = new JsonObject(OpenApiParts.Headers()
            .Where(header => text.Contains($"#/components/headers/{header.Key}\"", StringComparison.Ordinal))
            .Select(header => KeyValuePair.Create(header.Key, header.Value?.DeepClone())));
        var components = new JsonObject { ["schemas"] = schemas, ["headers"] = headers, ["examples"] = _examples };
        if (_schemes.Count > 0)
        {
            components["securitySchemes"] = _schemes;
        }

        return components;
    }

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex Placeholders();

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NotOfNames();
}
