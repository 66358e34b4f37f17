using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.Admin;

/// <summary>The admin API's documents, legible to people, too.</summary>
[JsonSerializable(typeof(BreakerList))]
[JsonSerializable(typeof(BreakerDetail))]
[JsonSerializable(typeof(ChangeReport))]
[JsonSerializable(typeof(ConfigurationReport))]
[JsonSerializable(typeof(RoutesReport))]
[JsonSerializable(typeof(PurgeReport))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    public static AdminJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<CircuitMode>() },
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,   // it is JSON and says so (nosniff)
    });
}
