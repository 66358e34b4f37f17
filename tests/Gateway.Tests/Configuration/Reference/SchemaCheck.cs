using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>As much of a JSON Schema validator as the schema needs. A keyword that it doesn't know is an error, not a silent yes.</summary>
internal static class SchemaCheck
{
    // The one that editors read, which a test keeps up to date.
    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Repository.PathOf("appsettings.schema.json")))!.AsObject();

    /// <summary>The mistakes in a configuration, each as <c>path: keyword</c>.</summary>
    public static IReadOnlyList<string> Mistakes(JsonNode? configuration) => [.. Mistakes(configuration, Schema, "")];

    /// <summary>The mistakes in the shipped file after an edit.</summary>
    public static IReadOnlyList<string> MistakesInShipped(Action<JsonNode> edit) => Mistakes(JsonNode.Parse(TestGateway.Configuration("http://localhost:4000", edit)));

    private static IEnumerable<string> Mistakes(JsonNode? value, JsonObject schema, string path)
    {
        foreach (var (keyword, rule) in schema)
        {
            var wrong = keyword switch
            {
                "$schema" or "title" or "description" or "default" or "examples" or "allowComments" or "patternErrorMessage" => [],
                "type" => Unless(rule is JsonArray types ? types.Any(type => IsA(value, (string)type!)) : IsA(value, (string)rule!)),
                "enum" => Unless(rule!.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value))),
                "pattern" => Unless(!IsA(value, "string") || Regex.IsMatch((string)value!, (string)rule!, RegexOptions.ECMAScript)),
                "minimum" => Unless(!IsA(value, "number") || Number(value) >= Number(rule)),
                "exclusiveMinimum" => Unless(!IsA(value, "number") || Number(value) > Number(rule)),
                "maximum" => Unless(!IsA(value, "number") || Number(value) <= Number(rule)),
                "required" => Unless(value is not JsonObject members || rule!.AsArray().All(key => members.ContainsKey((string)key!))),
                "anyOf" => Unless(rule!.AsArray().Any(choice => !Mistakes(value, choice!.AsObject(), path).Any())),
                "items" => value is JsonArray list ? list.SelectMany((item, i) => Mistakes(item, rule!.AsObject(), $"{path}[{i}]")) : [],
                "properties" => InMembers(value, (key, member) => rule![key] is JsonObject known ? Mistakes(member, known, $"{path}.{key}") : []),
                "additionalProperties" => InMembers(value, (key, member) =>
                    schema["properties"]?[key] is not null ? []
                    : rule is JsonObject other ? Mistakes(member, other, $"{path}.{key}")
                    : [$"{path}.{key}: {keyword}"]),
                _ => throw new NotSupportedException($"The schema says '{keyword}', which this check doesn't know."),
            };
            foreach (var mistake in wrong)
            {
                yield return mistake;
            }

            IEnumerable<string> Unless(bool isRight) => isRight ? [] : [$"{path}: {keyword}"];
        }
    }

    private static IEnumerable<string> InMembers(JsonNode? value, Func<string, JsonNode?, IEnumerable<string>> check) =>
        value is JsonObject members ? members.SelectMany(member => check(member.Key, member.Value)) : [];

    private static bool IsA(JsonNode? value, string type) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array)
            or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger(Number(value)),
        _ => false,
    };

    private static decimal Number(JsonNode? value) => decimal.Parse(value!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
