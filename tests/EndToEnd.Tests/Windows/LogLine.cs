using System.Globalization;
using System.Text.Json.Nodes;

namespace EventGateway.EndToEnd.Tests.Windows;

/// <summary>A line of the gateway's log: of a request, or of what happened.</summary>
/// <param name="Json">As it was written.</param>
internal sealed record LogLine(JsonNode Json)
{
    public bool IsAccess => (string?)Json["type"] == "access";

    public DateTimeOffset At => DateTimeOffset.Parse((string)(Json["timestamp"] ?? Json["Timestamp"])!, CultureInfo.InvariantCulture);

    public int? EventId => (int?)Json[nameof(EventId)];

    /// <summary>What the sentence names; an access line has its members at the top.</summary>
    public string? this[string name] => (string?)(IsAccess ? Json[name] : Json["State"]?[name]);
}
