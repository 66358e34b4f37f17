using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands;

/// <summary>What a check found, for people and for programs.</summary>
internal sealed class CheckReport(string file, LoadedConfiguration loaded, bool isStrict)
{
    private readonly int _errors = loaded.Problems.Count(p => p.Severity == Severity.Error);
    private readonly int _warnings = loaded.Problems.Count(p => p.IsWarning);

    // Only who asks to be told everything wants to hear what isn't wrong.
    private readonly IReadOnlyList<ConfigurationProblem> _notices = isStrict && loaded.Plan is { } plan ? Undecided.In(plan) : [];

    public bool IsValid => _errors == 0 && (_warnings == 0 || !isStrict);

    /// <summary>A line for each problem, and one that counts.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var problem in loaded.Problems.Concat(_notices))
        {
            text.Append(problem).Append(Environment.NewLine);
        }

        text.Append(file).Append(": ");
        if (loaded.Plan is { } plan)
        {
            text.Append(plan.Routes.Count.Of("route")).Append(", ").Append(plan.Aggregations.Count.Of("aggregation")).Append(", ")
                .Append(plan.Breakers.Count.Of("breaker")).Append(", ");
        }

        var counts = new[] { _errors > 0 ? _errors.Of("error") : null, _warnings > 0 ? _warnings.Of("warning") : null }.OfType<string>().ToList();
        text.Append(counts is [] ? "no problems" : string.Join(", ", counts));
        return text.Append(_notices.Count > 0 ? $", {_notices.Count.Of("notice")}" : "").Append('.').ToString();
    }

    public string ToJson() => JsonSerializer.Serialize(
        new CheckDocument(file, IsValid, _errors, _warnings, _notices.Count, [.. loaded.Problems.Concat(_notices).Select(CheckedProblem.Of)]), CheckJson.Legible.CheckDocument);
}

/// <summary>The document of <c>check --json</c>. Its members' names are a promise; docs/commands.md describes them.</summary>
internal sealed record CheckDocument(string File, bool Valid, int Errors, int Warnings, int Notices, IReadOnlyList<CheckedProblem> Problems);

internal sealed record CheckedProblem(
    string Severity, string? File, int? Line, int? Column, string? Variable, string Path, string Message, string? Allowed, string? Suggestion,
    IReadOnlyList<CheckedPlace>? Related)
{
    public static CheckedProblem Of(ConfigurationProblem problem)
    {
        var at = CheckedPlace.Of(problem.Place);
        return new(
            problem.Severity.ToLabel(), at.File, at.Line, at.Column, at.Variable, at.Path, problem.Message, problem.Allowed, problem.Suggestion,
            problem.Related.Count == 0 ? null : [.. problem.Related.Select(CheckedPlace.Of)]);
    }
}

internal sealed record CheckedPlace(string? File, int? Line, int? Column, string? Variable, string Path)
{
    public static CheckedPlace Of(SettingsPlace place) =>
        new(place.Origin.File, place.Origin.Line, place.Origin.Column, place.Origin.Variable, place.Path);
}

[JsonSerializable(typeof(CheckDocument))]
internal sealed partial class CheckJson : JsonSerializerContext
{
    public static CheckJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,   // quotation marks stay legible; nobody puts this into a web page
    });
}
