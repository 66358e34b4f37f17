using System.Text.Json.Nodes;
using EventGateway.Gateway.Commands.Explain;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Commands;

/// <summary>Explanations of requests to the shipped configuration after an edit.</summary>
internal static class Explaining
{
    private static readonly ConfigurationSource NoFile = new(
        "none.json", "none.env", new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>());

    public static async Task<Explanation> ExplainAsync(string method, string target, Action<JsonNode>? edit = null, params string[] headers)
    {
        var problems = new List<string>();
        var request = SyntheticRequest.Parse(method, target, headers, "localhost:3000", problems);
        Assert.Empty(problems);
        var plan = Reading.Shipped(edit).IsTakenUp();
        await using var gateway = GatewayHost.Build(NoFile, plan, Stream.Null);
        return await Explanation.OfAsync(request!, plan, gateway);
    }

    /// <summary>Adds a route to the cluster <c>event-api</c>.</summary>
    public static void AddRoute(this JsonNode root, string name, string match, string more = "{}")
    {
        var route = JsonNode.Parse(more)!.AsObject();
        route["ClusterId"] = "event-api";
        route["Match"] = JsonNode.Parse(match);
        root["ReverseProxy"]!["Routes"]![name] = route;
    }

    /// <summary>What stands in the block "not", one bar between name and reason.</summary>
    public static IReadOnlyList<string> Others(this Explanation explanation) =>
        [.. explanation.Text.Split('\n').SkipWhile(line => line != "not:").Skip(1).Where(line => line.Length > 0)
            .Select(line => string.Join('|', line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))];

    /// <summary>Rows of the winner that begin with this word, and those that continue it.</summary>
    public static IReadOnlyList<string> Rows(this Explanation explanation, string title)
    {
        var rows = explanation.Text.Split('\n').TakeWhile(line => line != "not:").Skip(1)
            .SkipWhile(line => !line.StartsWith($"  {title} ", StringComparison.Ordinal)).ToList();
        return [.. rows.Take(1).Concat(rows.Skip(1).TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal)))
            .Select(line => line.Trim()[(line.StartsWith("    ", StringComparison.Ordinal) ? 0 : title.Length)..].Trim())];
    }
}
