using System.ComponentModel.DataAnnotations;
using System.Text;
using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class OptionsReaderTests
{
    private readonly ProblemList _problems = new();

    [Fact]
    public void Read_EveryType_TakesItsValue()
    {
        var options = Read<Sample>(
            """
            { "Whole": -7, "Large": 9007199254740993, "Share": 2.5e-1, "Flag": true, "Wait": "00:00:01.500", "Name": "a", "Day": "monday",
              "Tags": [ "x", "y" ], "Limits": { "a b": 1, "A": 2 }, "Inner": { "Depth": 3 } }
            """);

        Assert.Empty(_problems.All);
        Assert.Equal(-7, options.Whole);
        Assert.Equal(9007199254740993, options.Large);
        Assert.Equal(0.25, options.Share);
        Assert.True(options.Flag);
        Assert.Equal(TimeSpan.FromSeconds(1.5), options.Wait);
        Assert.Equal("a", options.Name);
        Assert.Equal(DayOfWeek.Monday, options.Day);
        Assert.Equal(["x", "y"], options.Tags);
        Assert.Equal([("a b", 1), ("A", 2)], options.Limits.Select(l => (l.Key, l.Value)));
        Assert.Equal(3, options.Inner.Depth);
    }

    [Fact]
    public void Read_KeysInAnotherCase_AreTheSame() => Assert.Equal(4, Read<Sample>("""{ "WHOLE": 4 }""").Whole);

    [Fact]
    public void Read_NumbersAsText_AreTaken() => Assert.Equal(4, Read<Sample>("""{ "Whole": "4" }""").Whole);

    [Fact]
    public void Read_Nothing_LeavesTheDefaults()
    {
        var options = Read<Sample>("""{ "Whole": null, "Tags": null, "Inner": null, "Limits": null, "Name": null }""");

        Assert.Empty(_problems.All);
        Assert.Equal(1, options.Whole);
        Assert.Empty(options.Tags);
        Assert.Equal(1, options.Inner.Depth);
    }

    [Theory]
    [InlineData("Whole", "1.0", "'1.0' is not a whole number in range.")]
    [InlineData("Whole", "1e3", "'1e3' is not a whole number in range.")]
    [InlineData("Whole", "\"0x1F\"", "'0x1F' is not a whole number in range.")]
    [InlineData("Whole", "\" 1\"", "' 1' is not a whole number in range.")]
    [InlineData("Whole", "2147483648", "'2147483648' is not a whole number in range.")]
    [InlineData("Whole", "true", "'true' is not a whole number in range.")]
    [InlineData("Whole", "\"\"", "'' is not a whole number in range.")]
    [InlineData("Whole", "{}", "this must be a single value.")]
    [InlineData("Whole", "[]", "this must be a single value.")]
    [InlineData("Share", "\"NaN\"", "'NaN' is not a number.")]
    [InlineData("Share", "\"Infinity\"", "'Infinity' is not a number.")]
    [InlineData("Share", "1e999", "'1e999' is not a number.")]
    [InlineData("Share", "\"0,1\"", "'0,1' is not a number.")]
    [InlineData("Flag", "1", "'1' is not true or false.")]
    [InlineData("Flag", "\"yes\"", "'yes' is not true or false.")]
    [InlineData("Wait", "\"10s\"", "'10s' is not a duration in the form hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Wait", "\"25:00:00\"", "'25:00:00' is not a duration in the form hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Day", "\"Someday\"", "'Someday' is not one of Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday.")]
    [InlineData("Day", "1", "'1' is not one of Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday.")]
    [InlineData("Day", "\"Monday, Friday\"", "'Monday, Friday' is not one of Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday.")]
    [InlineData("Name", "{}", "this must be a single value.")]
    [InlineData("Tags", "\"x\"", "this must be a list: [ … ].")]
    [InlineData("Tags", "{}", "this must be a list: [ … ].")]
    [InlineData("Limits", "[]", "this must be an object: { … }.")]
    [InlineData("Limits", "5", "this must be an object: { … }.")]
    [InlineData("Inner", "\"x\"", "this must be an object: { … }.")]
    [InlineData("Inner", "[]", "this must be an object: { … }.")]
    public void Read_WrongType_SaysWhatIsExpected(string key, string value, string message)
    {
        Read<Sample>($"{{ \"{key}\": {value} }}");

        Assert.Equal([(key, message)], Problems);
    }

    // A number of days, or half an hour, is nobody's idea of a timeout: seconds were meant.
    [Theory]
    [InlineData("30", "30")]
    [InlineData("\"30\"", "30")]
    [InlineData("\"00:30\"", "00:30")]
    public void Read_DurationWithoutUnits_IsRefused(string value, string text)
    {
        Read<Sample>($"{{ \"Wait\": {value} }}");

        Assert.Equal([("Wait", $"'{text}' is not a duration in the form hh:mm:ss or hh:mm:ss.fff.")], Problems);
    }

    [Fact]
    public void Read_UnknownKey_NamesTheKnownOnes()
    {
        Read<Sample>("""{ "Inner": { "Deph": 3 } }""");

        Assert.Equal([("Inner.Deph", "there is no such key here; known are Depth, Other; did you mean 'Depth'?")], Problems);
    }

    // It is there for editors; anywhere else it is a mistake.
    [Fact]
    public void Read_SchemaAtTheTop_IsIgnored()
    {
        Read<Sample>("""{ "$schema": "./appsettings.schema.json", "Inner": { "$schema": "x" } }""");

        Assert.Equal("Inner['$schema']", Assert.Single(_problems.All).Path);
    }

    [Fact]
    public void Read_OutOfRange_NamesTheBounds()
    {
        Read<Sample>("""{ "Inner": { "Depth": 10, "Other": 10 } }""");

        Assert.Equal([("Inner.Depth", "10 is out of range; Depth goes from 1 to 9.")], Problems);
    }

    [Fact]
    public void Read_FieldsThatContradictEachOther_NamesThePlaceOfEach()
    {
        Read<Sample>("""{ "Inner": { "Depth": 5, "Other": 4 } }""");

        Assert.Equal("f.json:1:35: error: Inner.Other: Other is less than Depth. See also Inner.Depth (f.json:1:23).", Assert.Single(_problems.All).ToString());
    }

    // It has its default still, and contradictions with that are nobody's mistake.
    [Fact]
    public void Read_FieldThatCannotBeRead_IsNotCompared()
    {
        Read<Sample>("""{ "Inner": { "Depth": 5, "Other": "four" } }""");

        Assert.Equal([("Inner.Other", "'four' is not a whole number in range.")], Problems);
    }

    [Fact]
    public void Read_SeveralMistakes_AreAllTold()
    {
        Read<Sample>("""{ "Whole": "x", "Extra": 1, "Tags": [ {}, "y", [] ], "Limits": { "a": "x", "b": 1 }, "Inner": { "Depth": 0 } }""");

        Assert.Equal(["Extra", "Inner.Depth", "Limits.a", "Tags[0]", "Tags[2]", "Whole"], Problems.Select(p => p.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_YarpsOwnTypes_AreFilled()
    {
        var cluster = Read<ClusterConfig>(
            """
            { "LoadBalancingPolicy": "PowerOfTwoChoices",
              "HttpClient": { "SslProtocols": [ "Tls12", "Tls13" ], "MaxConnectionsPerServer": 5, "EnableMultipleHttp2Connections": false },
              "HttpRequest": { "Version": "1.1", "VersionPolicy": "RequestVersionExact", "ActivityTimeout": "00:00:03" },
              "HealthCheck": { "Passive": { "Enabled": true }, "AvailableDestinationsPolicy": "HealthyOrPanic" },
              "Destinations": { "a": { "Address": "http://a", "Metadata": { "zone": "1" } } } }
            """);
        var route = Read<RouteConfig>(
            """
            { "Order": 2, "ClusterId": "c", "Timeout": "00:00:01", "MaxRequestBodySize": 1000, "Metadata": { "a": "b" },
              "Match": { "Path": "/x", "Hosts": [ "h" ], "Headers": [ { "Name": "X-A", "Values": [ "1" ], "Mode": "HeaderPrefix" } ] },
              "Transforms": [ { "PathPrefix": "/p" }, { "RequestHeader": "X", "Set": "1" } ] }
            """);

        Assert.Empty(_problems.All);
        Assert.Equal("Tls12, Tls13", cluster.HttpClient!.SslProtocols.ToString());
        Assert.Equal(new Version(1, 1), cluster.HttpRequest!.Version);
        Assert.Equal(HttpVersionPolicy.RequestVersionExact, cluster.HttpRequest.VersionPolicy);
        Assert.True(cluster.HealthCheck!.Passive!.Enabled);
        Assert.Equal("1", cluster.Destinations!["a"].Metadata!["zone"]);
        Assert.Equal((2, TimeSpan.FromSeconds(1), 1000L), (route.Order!.Value, route.Timeout!.Value, route.MaxRequestBodySize!.Value));
        Assert.Equal(HeaderMatchMode.HeaderPrefix, route.Match.Headers![0].Mode);
        Assert.Equal([1, 2], route.Transforms!.Select(t => t.Count));
    }

    private IEnumerable<(string Path, string Message)> Problems => _problems.All.Select(p => (p.Path, p.Text));

    private T Read<T>(string json)
        where T : class =>
        OptionsReader.Read<T>(SettingsFile.Parse("f.json", Encoding.UTF8.GetBytes(json), _problems)!, _problems);

    private sealed class Sample
    {
        public int Whole { get; set; } = 1;

        public long Large { get; set; }

        public double Share { get; set; }

        public bool? Flag { get; set; }

        public TimeSpan Wait { get; set; }

        public string? Name { get; set; }

        public DayOfWeek Day { get; set; }

        public List<string> Tags { get; set; } = [];

        public Dictionary<string, int> Limits { get; set; } = [];

        public Nested Inner { get; set; } = new();
    }

    private sealed class Nested : IValidatableObject
    {
        [Range(1, 9)]
        public int Depth { get; set; } = 1;

        public int Other { get; set; } = 9;

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            Other < Depth ? [new ValidationResult("Other is less than Depth.", [nameof(Other), nameof(Depth)])] : [];
    }
}
