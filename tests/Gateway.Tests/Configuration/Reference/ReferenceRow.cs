using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>What docs/configuration.md says of one key.</summary>
internal sealed partial record ReferenceRow(string Section, string Key, string Type, string DefaultCell, string Meaning, string Example)
{
    public bool IsRequired => DefaultCell == "required";

    /// <summary>The default as JSON; null where the key has none.</summary>
    public JsonNode? Default => DefaultCell is "–" or "required" ? null : JsonNode.Parse(Text(DefaultCell));

    /// <summary>The meaning without Markdown, and the units and bounds of which a schema has no notion.</summary>
    public string Description =>
        Text(Link().Replace(Meaning, "$1")) + (Type.Contains('(', StringComparison.Ordinal) || Type.StartsWith("duration", StringComparison.Ordinal) ? $" A {Type}." : "");

    /// <summary>The type without its unit, which the code doesn't know.</summary>
    public string TypeWithoutUnit => Unit().Replace(Type, "");

    /// <summary>The members of the object in which the example stands.</summary>
    public JsonObject ExampleMembers => JsonNode.Parse(Example.StartsWith('{') ? Example : $"{{ {Example} }}")!.AsObject();

    /// <summary>Where the key stands: <c>Match.Headers[].Name</c> is four steps down, the third of them any item. Keys of metadata have dots of their own.</summary>
    public string[] Steps => Section.StartsWith("Metadata", StringComparison.Ordinal) ? [Key] : Key.Replace("[]", ".[]", StringComparison.Ordinal).Split('.');

    public override string ToString() => $"{Section}, {Key}";

    public static string Text(string markdown) => markdown.Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@" \([^)]*\)")]
    private static partial Regex Unit();
}
