using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>The configuration as it ships.</summary>
internal static class ShippedFile
{
    /// <summary>Its text, the event API at <paramref name="upstream"/>.</summary>
    public static string PointedAt(string upstream) =>
        Edited(root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!["Address"] = upstream);

    /// <summary>Its text after an edit.</summary>
    public static string Edited(Action<JsonNode> edit)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "appsettings.json"));
        var root = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
        edit(root);
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
