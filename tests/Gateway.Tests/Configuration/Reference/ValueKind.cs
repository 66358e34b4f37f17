using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using EventGateway.Aggregator;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>What a key's value may be, in the reference's words and in those of JSON Schema.</summary>
internal sealed record ValueKind(string Words, JsonObject Schema)
{
    // Text of which only some names are taken.
    private static readonly Dictionary<(Type, string), string[]> Names = TakenNames();

    // Statuses and ranges of them.
    private const string StatusesPattern = @"^\s*[1-5][0-9]{2}(\s*-\s*[1-5][0-9]{2})?(\s*,\s*[1-5][0-9]{2}(\s*-\s*[1-5][0-9]{2})?)*\s*$";

    private static readonly NumberFormatInfo Spaced = new() { NumberGroupSeparator = " " };

    /// <summary>The kind of a property's value; <paramref name="membersOf"/> gives the schema of an object's type.</summary>
    public static ValueKind Of(PropertyInfo property, Func<Type, JsonObject> membersOf) => Of(property.PropertyType, property, membersOf);

    /// <summary>The kind that a row of metadata names: YARP has text for all of them.</summary>
    public static JsonObject SchemaOf(string words) => words switch
    {
        _ when words.StartsWith("one of ", StringComparison.Ordinal) => OneOf(ReferenceRow.Text(words)["one of ".Length..].Split(", ")).Schema,
        _ when words.StartsWith("duration", StringComparison.Ordinal) => Duration(null).Schema,
        "true or false" => new() { ["enum"] = new JsonArray(true, false, "true", "false") },
        _ when words.StartsWith("whole number", StringComparison.Ordinal) => new() { ["type"] = new JsonArray("integer", "string"), ["pattern"] = "^[0-9]+$" },
        "text" => new() { ["type"] = "string" },
        _ when words.StartsWith("number", StringComparison.Ordinal) => new() { ["type"] = new JsonArray("number", "string"), ["pattern"] = @"^[0-9]*\.?[0-9]+$" },
        _ => throw new ArgumentException($"Metadata has no type '{words}'.", nameof(words)),
    };

    private static ValueKind Of(Type declared, PropertyInfo property, Func<Type, JsonObject> membersOf)
    {
        var (type, suffix) = OptionKey.ItemOf(declared);
        var range = property.GetCustomAttribute<RangeAttribute>();
        return suffix switch
        {
            ".*" => Of(type, property, membersOf).Within("names to", item => new() { ["type"] = "object", ["additionalProperties"] = item }),
            "[]" => Of(type, property, membersOf).Within("list of", item => new() { ["type"] = "array", ["items"] = item }),
            _ when Names.TryGetValue((property.DeclaringType!, property.Name), out var names) => OneOf(names),
            _ when type.IsEnum && type.IsDefined(typeof(FlagsAttribute)) => SomeOf(NamesOf(type)),
            _ when type.IsEnum => OneOf(NamesOf(type)),
            _ when type == typeof(bool) => new("true or false", new() { ["type"] = "boolean" }),
            _ when type == typeof(int) || type == typeof(long) => Number("whole number", "integer", range),
            _ when type == typeof(double) => Number("number", "number", range),
            _ when type == typeof(TimeSpan) => Duration(range),
            _ when type == typeof(Uri) => new("URI", new() { ["type"] = "string" }),
            _ when type == typeof(string) => Text(property),
            _ when type == typeof(OutputOptions) => new("text, or names to text", new()
            {
                ["type"] = new JsonArray("string", "object"),
                ["additionalProperties"] = new JsonObject { ["type"] = "string" },
            }),
            _ when OptionKey.IsObject(type) => new("object", membersOf(type)),
            _ => throw new ArgumentException($"{property.DeclaringType}.{property.Name}: the reference has no word for {type}.", nameof(property)),
        };
    }

    private ValueKind Within(string words, Func<JsonObject, JsonObject> schema) => new($"{words} {(Words == "object" ? "objects" : Words)}", schema(Schema));

    private static ValueKind OneOf(string[] names) => new($"one of {Quoted(names)}", Enumeration(names));

    private static ValueKind SomeOf(string[] names) => new(
        $"one or a list of {Quoted(names)}",
        new() { ["anyOf"] = new JsonArray(Enumeration(names), new JsonObject { ["type"] = "array", ["items"] = Enumeration(names) }) });

    private static JsonObject Enumeration(string[] names) => new() { ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) };

    private static string Quoted(string[] names) => string.Join(", ", names.Select(name => $"`{name}`"));

    // Names that the framework warns against, such as those of broken TLS versions, are taken and not recommended.
    private static string[] NamesOf(Type type) => [.. Enum.GetNames(type).Where(name => !type.GetField(name)!.IsDefined(typeof(ObsoleteAttribute)))];

    private static ValueKind Number(string words, string type, RangeAttribute? range)
    {
        var schema = new JsonObject { ["type"] = type };
        if (range is not null)
        {
            schema[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = JsonNode.Parse(Convert.ToString(range.Minimum, CultureInfo.InvariantCulture)!);
            schema["maximum"] = JsonNode.Parse(Convert.ToString(range.Maximum, CultureInfo.InvariantCulture)!);
        }

        return new(words + Bounds(range, bound => Convert.ToDouble(bound, CultureInfo.InvariantCulture).ToString("#,0.##", Spaced)), schema);
    }

    private static ValueKind Duration(RangeAttribute? range) => new(
        "duration" + Bounds(range, bound => InWords(TimeSpan.Parse((string)bound, CultureInfo.InvariantCulture))),
        new() { ["type"] = "string", ["pattern"] = DurationText.Pattern, ["patternErrorMessage"] = "Write a duration as hh:mm:ss or hh:mm:ss.fff." });

    private static string Bounds(RangeAttribute? range, Func<object, string> text) =>
        range is null ? "" : $", {(range.MinimumIsExclusive ? "above " : "")}{text(range.Minimum)}–{text(range.Maximum)}";

    private static string InWords(TimeSpan time) =>
        time == TimeSpan.Zero ? "0"
        : time < TimeSpan.FromSeconds(1) ? $"{time.TotalMilliseconds} ms"
        : time < TimeSpan.FromMinutes(1) ? $"{time.TotalSeconds} s"
        : time < TimeSpan.FromDays(1) ? $"{time.TotalMinutes} min"
        : time == TimeSpan.FromDays(1) ? "1 day" : $"{time.TotalDays} days";

    private static ValueKind Text(PropertyInfo property)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (property.Name == nameof(BreakerOptions.FailureStatuses))
        {
            schema["pattern"] = StatusesPattern;
            schema["patternErrorMessage"] = "Write statuses and ranges from 100 to 599, as in 429, 500-599.";
        }

        return new("text", schema);
    }

    private static Dictionary<(Type Type, string Property), string[]> TakenNames()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy();
        using var provider = services.BuildServiceProvider();
        return new()
        {
            [(typeof(ClusterConfig), nameof(ClusterConfig.LoadBalancingPolicy))] = NamesOf<ILoadBalancingPolicy>(policy => policy.Name),
            [(typeof(SessionAffinityConfig), nameof(SessionAffinityConfig.Policy))] = NamesOf<ISessionAffinityPolicy>(policy => policy.Name),
            [(typeof(SessionAffinityConfig), nameof(SessionAffinityConfig.FailurePolicy))] = NamesOf<IAffinityFailurePolicy>(policy => policy.Name),
            [(typeof(ActiveHealthCheckConfig), nameof(ActiveHealthCheckConfig.Policy))] = NamesOf<IActiveHealthCheckPolicy>(policy => policy.Name),
            [(typeof(PassiveHealthCheckConfig), nameof(PassiveHealthCheckConfig.Policy))] = NamesOf<IPassiveHealthCheckPolicy>(policy => policy.Name),
            [(typeof(HealthCheckConfig), nameof(HealthCheckConfig.AvailableDestinationsPolicy))] = NamesOf<IAvailableDestinationsPolicy>(policy => policy.Name),
            [(typeof(ForwarderRequestConfig), nameof(ForwarderRequestConfig.Version))] = ["1.0", "1.1", "2.0", "3.0"],
            [(typeof(RouteMetadata), nameof(RouteMetadata.RequestBody))] = [.. RequestBodyPolicy.Names],
        };

        string[] NamesOf<T>(Func<T, string> name) => [.. provider.GetServices<T>().Select(name).Order(StringComparer.Ordinal)];
    }
}
