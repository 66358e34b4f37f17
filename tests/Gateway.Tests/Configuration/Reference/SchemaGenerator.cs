using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>
/// Makes appsettings.schema.json: what a key may hold from the option types, what it means from docs/configuration.md. In draft-07, the
/// latest that editors know completely, and without references, beside which that draft ignores descriptions.
/// </summary>
internal static class SchemaGenerator
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's text, with its final line break.</summary>
    public static string Generate() => Root().ToJsonString(Indented) + "\n";

    private static JsonObject Root()
    {
        var root = MembersOf(typeof(GatewayOptions));
        root["properties"]!.AsObject().Insert(0, "$schema", new JsonObject { ["type"] = "string", ["description"] = "This file's schema, for editors." });
        foreach (var (name, value) in new (string, JsonNode)[]
        {
            // A word of VS Code, as patternErrorMessage is: the file has comments.
            ("allowComments", true),
            ("description", "Configuration of EventGateway. Made from its option types and docs/configuration.md by a test, which says how."),
            ("title", "EventGateway"),
            ("$schema", "http://json-schema.org/draft-07/schema#"),
        })
        {
            root.Insert(0, name, value);
        }

        return root;
    }

    private static JsonObject MembersOf(Type type) => MembersOf(type, OptionKey.Tables[type], "");

    private static JsonObject MembersOf(Type type, string table, string prefix)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var key in OptionKey.Of(type, prefix))
        {
            var row = ConfigurationReference.Find(table, key.Path);
            properties[key.Property.Name] = Describe(SchemaOf(key, table), row);
            if (row.IsRequired)
            {
                required.Add(key.Property.Name);
            }
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        return schema;
    }

    private static JsonObject SchemaOf(OptionKey key, string table) => (key.Property.DeclaringType, key.Property.Name) switch
    {
        (var type, nameof(RouteConfig.Metadata)) when type == typeof(RouteConfig) => Metadata(ConfigurationReference.RouteMetadata),
        (var type, nameof(ClusterConfig.Metadata)) when type == typeof(ClusterConfig) => Metadata(ConfigurationReference.ClusterMetadata),
        (_, nameof(RouteConfig.Transforms)) => new() { ["type"] = "array", ["items"] = Transform() },
        _ => ValueKind.Of(key.Property, type => OptionKey.Tables.ContainsKey(type)
            ? MembersOf(type)
            : MembersOf(type, table, $"{key.Path}{OptionKey.ItemOf(key.Property.PropertyType).Suffix}.")).Schema,
    };

    private static JsonObject Metadata(string section)
    {
        var properties = new JsonObject();
        foreach (var row in ConfigurationReference.Of(section))
        {
            properties[row.Key] = Describe(ValueKind.SchemaOf(row.Type), row);
        }

        // Whatever else a route or cluster notes there is its author's own.
        return new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = AnyText() };
    }

    // One object with every word, not one for each kind: editors offer them all, and YARP tells which don't go together.
    private static JsonObject Transform()
    {
        var properties = new JsonObject();
        var rows = ConfigurationReference.Of(ConfigurationReference.Transforms).ToList();
        foreach (var row in rows)
        {
            properties[row.Key] = Describe(AnyText(), row);
        }

        foreach (var word in rows.SelectMany(row => row.ExampleMembers).Select(member => member.Key).Distinct().Where(word => !properties.ContainsKey(word)))
        {
            var users = rows.Where(row => row.ExampleMembers.ContainsKey(word)).Select(row => row.Key);
            var schema = AnyText();
            schema["description"] = $"Goes with {string.Join(", ", users)}.";
            properties[word] = schema;
        }

        return new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
    }

    private static JsonObject AnyText() => new() { ["type"] = new JsonArray("string", "boolean", "number") };

    private static JsonObject Describe(JsonObject schema, ReferenceRow row)
    {
        schema.Insert(0, "description", row.Description);
        if (row.Default is { } value)
        {
            schema["default"] = value;
        }
        else
        {
            // What an editor may offer in the place of a default.
            if (!schema.ContainsKey("enum") && Examples.ValueIn(row.ExampleMembers, row) is JsonValue example)
            {
                schema["examples"] = new JsonArray(example.DeepClone());
            }

            if (!row.IsRequired)
            {
                AllowNull(schema);
            }
        }

        return schema;
    }

    // null says "none" where none is the default; elsewhere it would say nothing.
    private static void AllowNull(JsonObject schema)
    {
        switch (schema)
        {
            case var _ when schema["enum"] is JsonArray names:
                names.Add(null);
                break;
            case var _ when schema["type"] is JsonArray types:
                types.Add("null");
                break;
            case var _ when schema["type"] is { } type:
                schema["type"] = new JsonArray(type.DeepClone(), "null");
                break;
        }
    }
}
