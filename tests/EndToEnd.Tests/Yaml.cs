using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace EventGateway.EndToEnd.Tests;

/// <summary>YAML as a tree of JSON nodes; all scalars are text.</summary>
internal static class Yaml
{
    private static readonly ISerializer ToJson = new SerializerBuilder().JsonCompatible().Build();

    /// <param name="path">A file of the repository.</param>
    public static JsonNode Read(string path)
    {
        using var text = new StringReader(Repository.Read(path));
        var document = new DeserializerBuilder().Build().Deserialize<object>(new MergingParser(new Parser(text)));
        return JsonNode.Parse(ToJson.Serialize(document))!;
    }
}
