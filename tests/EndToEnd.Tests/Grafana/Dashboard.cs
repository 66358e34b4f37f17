using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventGateway.EndToEnd.Tests.Grafana;

/// <summary>A dashboard of the repository, as the tests look at it.</summary>
internal sealed partial class Dashboard
{
    private Dashboard(string name) => Json = JsonNode.Parse(Repository.Read($"grafana/dashboards/{name}.json"))!;

    public static IReadOnlyList<string> Names { get; } = [.. Directory.GetFiles(Repository.PathTo("grafana/dashboards"), "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file))
        .Order(StringComparer.Ordinal)];

    public JsonNode Json { get; }

    /// <summary>Rows are panels as well.</summary>
    public IEnumerable<JsonNode> Panels => Json["panels"]!.AsArray()!;

    public IEnumerable<JsonNode> PanelsWithData => Panels.Where(panel => (string?)panel["type"] != "row");

    public IEnumerable<JsonNode> Variables => Json["templating"]!["list"]!.AsArray()!;

    /// <summary>Those that ask Prometheus.</summary>
    public IEnumerable<JsonNode> Annotations => Json["annotations"]!["list"]!.AsArray().Where(a => a!["expr"] is not null)!;

    /// <summary>Everything that can be clicked.</summary>
    public IEnumerable<string> Links => All(Json, "url").Where(url => url.Length > 0);

    /// <summary>Every colour that is named.</summary>
    public IEnumerable<string> Colours => ((string[])["color", "fixedColor", "iconColor"]).SelectMany(name => All(Json, name));

    /// <summary>The value of a hidden variable.</summary>
    public string Constant(string name) => (string)Variables.Single(variable => (string?)variable["name"] == name)["query"]!;

    public static Dashboard Read(string name) => new(name);

    /// <summary>The query as Grafana would send it, everything being selected.</summary>
    public string Substitute(string query, int seconds)
    {
        Dictionary<string, string> values = new()
        {
            ["__rate_interval"] = "4s",   // four times the scrape interval
            ["__interval"] = "1s",
            ["__range"] = $"{seconds}s",
        };
        foreach (var variable in Variables)
        {
            values[(string)variable["name"]!] = (string?)variable["type"] == "query" ? (string)variable["allValue"]! : (string)variable["query"]!;
        }

        return Variable().Replace(query, match => values[match.Groups["name"].Value]);
    }

    // The texts of a member, wherever it is.
    private static IEnumerable<string> All(JsonNode? node, string name) => node switch
    {
        JsonArray items => items.SelectMany(item => All(item, name)),
        JsonObject members => members.SelectMany(member =>
            member.Key == name && member.Value?.GetValueKind() == JsonValueKind.String ? [(string)member.Value!] : All(member.Value, name)),
        _ => [],
    };

    [GeneratedRegex(@"\$\{?(?<name>\w+)\}?")]
    private static partial Regex Variable();
}
