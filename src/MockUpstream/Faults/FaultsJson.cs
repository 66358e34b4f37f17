using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EventGateway.MockUpstream.Faults;

/// <summary>Dials as JSON. Whatever it refuses, it names: <c>addEvent.latencyMs: …</c>.</summary>
internal static class FaultsJson
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter<FailureKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static JsonObject Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new FormatException("The dials are a JSON object of endpoints.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"The dials aren't JSON: {e.Message}", e);
        }
    }

    // Its runtime type: addEvent has more dials than the others.
    public static JsonObject Write(EndpointFaults faults) => JsonSerializer.SerializeToNode(faults, faults.GetType(), Strict)!.AsObject();

    /// <param name="faults">The dials as they stand.</param>
    /// <param name="name">What the caller called the endpoint.</param>
    /// <param name="changes">The dials to set.</param>
    public static EndpointFaults Merge(EndpointFaults faults, string name, JsonNode? changes)
    {
        var merged = Write(faults);
        foreach (var (dial, value) in changes as JsonObject ?? throw new FormatException($"{name}: not an object of dials."))
        {
            if (!merged.ContainsKey(dial))
            {
                throw new FormatException($"{name}.{dial}: no such dial; known are {string.Join(", ", merged.Select(d => d.Key))}.");
            }

            merged[dial] = value?.DeepClone();
        }

        return Validated(Read(merged, faults.GetType(), name), name);
    }

    public static EndpointFaults Validated(EndpointFaults faults, string name)
    {
        List<ValidationResult> problems = [];
        if (Validator.TryValidateObject(faults, new ValidationContext(faults), problems, validateAllProperties: true))
        {
            return faults;
        }

        var dial = JsonNamingPolicy.CamelCase.ConvertName(problems[0].MemberNames.First());
        throw new FormatException($"{name}.{dial}: {problems[0].ErrorMessage}");
    }

    private static EndpointFaults Read(JsonObject dials, Type type, string name)
    {
        try
        {
            return (EndpointFaults)dials.Deserialize(type, Strict)!;
        }
        catch (JsonException e)
        {
            throw new FormatException($"{name}{e.Path?.TrimStart('$')}: not a value that this dial takes.", e);
        }
    }
}
