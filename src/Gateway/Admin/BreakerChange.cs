using System.Globalization;
using System.Text.Json;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Admin;

/// <summary>The body of a change: <c>{"reason":"…","ttl":"10m"}</c>.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Length">For how long; null for what happens at once.</param>
internal sealed record BreakerChange(string Reason, TimeSpan? Length)
{
    public const int MostBytes = 4096;

    private const int LongestReason = 500;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Null, and the error, where the body is no such change.</summary>
    public static BreakerChange? Read(ReadOnlyMemory<byte> body, OperatorVerb verb, out GatewayError? error)
    {
        error = null;
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return Read(json.RootElement, verb, out error);
            }
        }
        catch (JsonException)
        {
            // Told below.
        }

        error = GatewayError.InvalidBody(null, """The request body must be a JSON object: {"reason":"…","ttl":"10m"}.""");
        return null;
    }

    private static BreakerChange? Read(JsonElement body, OperatorVerb verb, out GatewayError? error)
    {
        string? reason = null;
        TimeSpan? length = null;
        error = null;
        foreach (var member in body.EnumerateObject())
        {
            var text = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : "";
            error ??= member.Name switch
            {
                "reason" => ReadReason(text, out reason),
                "ttl" => ReadLength(text, verb, out length),
                _ => GatewayError.InvalidBody(member.Name, $"There is no '{member.Name}' in a change; known are reason, ttl."),
            };
        }

        error ??= reason is null ? GatewayError.InvalidBody("reason", "'reason' is missing: whoever looks next wants to know why.") : null;
        error ??= length is null && verb.ToMode() is not null
            ? GatewayError.InvalidBody("ttl", $"'ttl' is missing: {verb.ToWord()} holds for a while, from 1 s to 24 h, as in \"10m\".")
            : null;
        return error is null ? new BreakerChange(reason!, length) : null;
    }

    /// <summary>The same for every change.</summary>
    internal static GatewayError? ReadReason(string text, out string? reason)
    {
        reason = text.Trim();
        return reason.Length is > 0 and <= LongestReason && !reason.Any(char.IsControl)
            ? null
            : GatewayError.InvalidBody("reason", $"'reason' must be text of 1 to {LongestReason} characters without line breaks.");
    }

    private static GatewayError? ReadLength(string text, OperatorVerb verb, out TimeSpan? length)
    {
        length = ParseLength(text);
        return verb.ToMode() is null ? GatewayError.InvalidBody("ttl", $"{verb.ToWord()} happens at once and takes no 'ttl'.")
            : length >= Shortest && length <= Longest ? null
            : GatewayError.InvalidBody("ttl", "'ttl' must be a duration from 1 s to 24 h, as in \"90s\", \"10m\", \"2h\" or \"00:10:00\".");
    }

    private static TimeSpan? ParseLength(string text)
    {
        var unit = text.LastOrDefault() switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            _ => TimeSpan.Zero,
        };
        try
        {
            return unit == TimeSpan.Zero ? DurationText.Parse(text)
                : int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number * unit
                : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
        }
    }
}
