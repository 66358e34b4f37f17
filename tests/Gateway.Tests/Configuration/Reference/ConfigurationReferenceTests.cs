using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>docs/configuration.md tells what the code does.</summary>
public class ConfigurationReferenceTests
{
    private static readonly JsonSerializerOptions AsInTheFile = new() { Converters = { new JsonStringEnumConverter() } };

    // YARP's types leave these open; its options have what then holds. Other defaults of YARP can't be read from outside.
    private static readonly Dictionary<string, object> YarpsDefaults = new()
    {
        ["LoadBalancingPolicy"] = LoadBalancingPolicies.PowerOfTwoChoices,
        ["HealthCheck.Active.Interval"] = new ActiveHealthCheckMonitorOptions().DefaultInterval,
        ["HealthCheck.Active.Timeout"] = new ActiveHealthCheckMonitorOptions().DefaultTimeout,
        [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = new ConsecutiveFailuresHealthPolicyOptions().DefaultThreshold,
        [TransportFailureRateHealthPolicyOptions.FailureRateLimitMetadataName] = new TransportFailureRateHealthPolicyOptions().DefaultFailureRateLimit,
    };

    // What YARP itself reads in a cluster's metadata.
    private static readonly string[] YarpsMetadata =
        [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName, TransportFailureRateHealthPolicyOptions.FailureRateLimitMetadataName];

    public static TheoryData<string> Tables => [.. OptionKey.Tables.Values];

    public static TheoryData<string, string> Rows => Select(_ => true);

    public static TheoryData<string, string> RequiredRows => Select(row => row.IsRequired);

    public static TheoryData<string, string> RowsWithDefault => Select(row => row.Default is not null);

    // OptionsReader makes lists and dictionaries by their items' type. A native program has the code for all that hold objects, since it is the same, and of the others
    // that of those which the properties themselves begin with.
    [Fact]
    public void Items_OfListsAndNames_AreObjectsOrThereFromTheBeginning() => Assert.All(
        OptionKey.Tables.Keys.SelectMany(type => OptionKey.OfTable(type)).Select(key => key.Property).Where(property => OptionKey.ItemOf(property.PropertyType) is
        {
            Suffix.Length: > 0,
            Type.IsValueType: true,
        }),
        property => Assert.IsType(property.PropertyType, property.GetValue(Activator.CreateInstance(property.DeclaringType!))));

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_OfAType_HasARowForEachKeyAndNoOther(string table) =>
        Assert.Equal(
            OptionKey.OfTable(TypeOf(table)).Select(key => key.Path)
                .Concat(table == ConfigurationReference.ClusterMetadata ? YarpsMetadata : [])
                .Order(StringComparer.Ordinal),
            ConfigurationReference.Of(table).Select(row => row.Key).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_OfAType_HasItsTypesAndRanges(string table) =>
        Assert.Equal(
            OptionKey.OfTable(TypeOf(table)).Select(key => $"{key.Path}: {ValueKind.Of(key.Property, _ => []).Words}"),
            OptionKey.OfTable(TypeOf(table)).Select(key => $"{key.Path}: {ConfigurationReference.Find(table, key.Path).TypeWithoutUnit}"));

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_OfAType_HasItsDefaults(string table) =>
        Assert.All(OptionKey.OfTable(TypeOf(table)), key =>
        {
            var written = ConfigurationReference.Find(table, key.Path).Default?.ToJsonString();
            if (key.Default is TimeSpan duration)
            {
                Assert.Equal(duration, DurationText.Parse(written?.Trim('"') ?? ""));   // "00:00:00.250", where .NET would write more zeros
            }
            else if ((key.Default ?? YarpsDefaults.GetValueOrDefault(key.Path)) is { } value)
            {
                Assert.Equal(JsonSerializer.Serialize(value, AsInTheFile), written);
            }
            else if (IsOurs(key))
            {
                Assert.Null(written);
            }
        });

    [Fact]
    public void Metadata_OfACluster_HasYarpsDefaults() =>
        Assert.All(YarpsMetadata, key => Assert.Equal(
            JsonSerializer.Serialize(YarpsDefaults[key]), ConfigurationReference.Find(ConfigurationReference.ClusterMetadata, key).Default?.ToJsonString()));

    // The words of a factory are its constants; "By" is a value of Forwarded, not a word of its own.
    [Fact]
    public void Transforms_InTheTable_AreAllThatYarpHasAndOurs()
    {
        var yarps = typeof(ITransformFactory).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(ITransformFactory)))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.Name.EndsWith("Key", StringComparison.Ordinal) && field.Name != "ByKey")
            .Select(field => (string)field.GetValue(null)!);
        var rows = ConfigurationReference.Of(ConfigurationReference.Transforms).ToList();

        Assert.Equal(
            yarps.Append("CircuitBreaker").Distinct().Order(StringComparer.Ordinal),
            rows.SelectMany(row => row.ExampleMembers).Select(member => member.Key).Distinct().Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(row.Key, row.ExampleMembers.First().Key));
        Assert.Equal(rows.Select(row => row.Key).Order(StringComparer.Ordinal), TransformChecks.Kinds.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Example_InTheShippedFile_IsTakenUp(string table, string key)
    {
        var row = ConfigurationReference.Find(table, key);

        Assert.NotNull(Examples.ValueIn(row.ExampleMembers, row));
        IsTakenUp(root => Examples.Write(root, table, row.ExampleMembers));
    }

    [Theory]
    [MemberData(nameof(RequiredRows))]
    public void RequiredKey_LeftOut_IsRefused(string table, string key)
    {
        var row = ConfigurationReference.Find(table, key);
        void LeaveOut(JsonNode root)
        {
            Examples.Write(root, table, row.ExampleMembers);
            Examples.Remove(root, row);
        }

        Assert.Null(Reading.Shipped(LeaveOut).Plan);
        Assert.NotEmpty(SchemaCheck.MistakesInShipped(LeaveOut));
    }

    [Theory]
    [MemberData(nameof(RowsWithDefault))]
    public void Default_WrittenOut_IsTakenUp(string table, string key)
    {
        var row = ConfigurationReference.Find(table, key);

        IsTakenUp(root =>
        {
            root["CircuitBreakers"]!["addEvent"]!["ProbeTimeout"] = "00:02:00";   // longer than every default that it must not be shorter than
            Examples.Write(root, table, Examples.With(row, row.Default));
        });
    }

    // By the gateway, and by the schema.
    private static void IsTakenUp(Action<JsonNode> edit)
    {
        Reading.Shipped(edit).IsTakenUp();
        Assert.Empty(SchemaCheck.MistakesInShipped(edit));
    }

    private static Type TypeOf(string table) => OptionKey.Tables.Single(pair => pair.Value == table).Key;

    private static bool IsOurs(OptionKey key) => key.Property.DeclaringType!.Assembly != typeof(RouteConfig).Assembly;

    private static TheoryData<string, string> Select(Func<ReferenceRow, bool> choose)
    {
        var documented = ConfigurationReference.Rows.Where(row => row.Section != "Environment" && choose(row));
        return [.. documented.Select(row => (row.Section, row.Key))];
    }
}
