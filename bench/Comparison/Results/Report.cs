using System.Text.Json;

namespace EventGateway.Comparison.Results;

/// <summary>A whole run: what was measured, and on what.</summary>
/// <param name="Machine">The processor, and how many of it.</param>
/// <param name="Started">When.</param>
/// <param name="Command">What was asked for.</param>
/// <param name="Scenarios">What came out.</param>
internal sealed record Report(string Machine, DateTimeOffset Started, string Command, IReadOnlyList<ScenarioResult> Scenarios)
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, Readable);
}
