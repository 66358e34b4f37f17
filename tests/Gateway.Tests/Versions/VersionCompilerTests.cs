using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Versions;

public class VersionCompilerTests
{
    [Theory]
    [InlineData("/v1")]
    [InlineData("/")]
    [InlineData("/api/v1.2-beta_3~x")]
    public void Compile_Prefix_IsTakenUp(string prefix) => With($$"""{ "Prefix": "{{prefix}}" }""").IsTakenUp();

    [Theory]
    [InlineData("v1")]
    [InlineData("/v1/")]
    [InlineData("//v1")]
    [InlineData("/v1/..")]
    [InlineData("/v 1")]
    [InlineData("/v%31")]
    [InlineData("/{version}")]
    [InlineData("/vé")]
    public void Compile_TextThatIsNoPrefix_IsRefused(string prefix) => With($$"""{ "Prefix": "{{prefix}}" }""").IsRefused(
        $"Versions.v1.Prefix: '{prefix}' is no prefix, like /v1 or /api/v1; '/' alone stands for the paths as they are written.");

    [Fact]
    public void Compile_Everything_BelongsToAVersionThatNamesNothing()
    {
        var version = Assert.Single(With("""{ "Prefix": "/v1" }""").IsTakenUp().Versions.All);
        Assert.Equal(["addEvent", "eventsByUser", "getEvents", "getUsers"], version.Members.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Compile_EmptyList_IsNothing() =>
        Assert.Empty(Assert.Single(With("""{ "Prefix": "/v1", "Routes": [], "Aggregations": [] }""").IsTakenUp().Versions.All).Members);

    [Fact]
    public void Compile_NamesOfNothing_AreRefused() =>
        With("""{ "Prefix": "/v1", "Routes": [ "getUser" ], "Aggregations": [ "getUsers" ], "Deprecated": { "Since": "2026-11-01", "Successor": "v2" } }""").IsRefused(
            "Versions.v1.Routes[0]: there is no route 'getUser'; known are getUsers, getEvents, addEvent; did you mean 'getUsers'?",
            "Versions.v1.Aggregations[0]: there is no aggregation 'getUsers'; known are eventsByUser.",
            "Versions.v1.Deprecated.Successor: there is no version 'v2'; known are v1; did you mean 'v1'?");

    [Fact]
    public void Compile_OnePrefixForTwo_IsRefused() =>
        Reading.Shipped(root => root["Versions"] = JsonNode.Parse("""{ "v1": { "Prefix": "/v1" }, "first": { "Prefix": "/V1" } }""")).IsRefused(
            "Versions.first.Prefix: '/V1' is the prefix of version 'v1' already.");

    [Theory]
    [InlineData("/getUsers", "route 'getUsers'")]
    [InlineData("/getEventsByUserId", "aggregation 'eventsByUser'")]
    public void Compile_PathBelowAPrefix_IsRefused(string prefix, string owner) =>
        With($$"""{ "Prefix": "{{prefix}}" }""").IsRefused(
            (prefix == "/getUsers" ? "ReverseProxy.Routes.getUsers" : "Aggregations.eventsByUser")
            + $".Match.Path: {owner} is unreachable: version 'v1' takes all paths below {prefix}, and looks for what follows.");

    [Theory]
    [InlineData("/health")]
    [InlineData("/metrics")]
    public void Compile_PrefixOfTheGatewaysOwn_IsRefused(string prefix) => With($$"""{ "Prefix": "{{prefix}}" }""").IsRefused(
        $"Versions.v1.Prefix: the gateway's own {prefix} would be out of reach below this prefix.");

    [Theory]
    [InlineData("2026-11-01", "@1793491200")]
    [InlineData("2026-11-01T12:00Z", "@1793534400")]
    [InlineData("2026-11-01T12:00:01Z", "@1793534401")]
    public void Compile_Since_IsADateOfStructuredFields(string since, string field) => Assert.Equal(
        field, Assert.Single(With($$"""{ "Prefix": "/v1", "Deprecated": { "Since": "{{since}}" } }""").IsTakenUp().Versions.All).Deprecation!.Deprecation);

    [Theory]
    [InlineData("01.11.2026")]
    [InlineData("2026-13-01")]
    [InlineData("2026-11-01T12:00:00")]
    [InlineData("soon")]
    public void Compile_TextThatIsNoDate_IsRefused(string date) =>
        With($$"""{ "Prefix": "/v1", "Deprecated": { "Since": "{{date}}", "Sunset": "2027-01-01" } }""").IsRefused(
            $"Versions.v1.Deprecated.Since: '{date}' is no date, like 2026-11-01, or time in UTC, like 2026-11-01T12:00:00Z.");

    [Fact]
    public void Compile_SunsetBeforeDeprecation_IsRefused() =>
        With("""{ "Prefix": "/v1", "Deprecated": { "Since": "2026-11-01", "Sunset": "2026-10-31" } }""").IsRefused(
            "Versions.v1.Deprecated.Sunset: Sunset lies before Since: nothing is gone before it is deprecated (RFC 9745).");

    [Theory]
    [InlineData("docs.example.com")]
    [InlineData("ftp://docs.example.com")]
    [InlineData("https://docs.example.com/>;")]
    public void Compile_LinkThatIsNoUrl_IsRefused(string link) =>
        With($$"""{ "Prefix": "/v1", "Deprecated": { "Since": "2026-11-01", "Link": "{{link}}" } }""").IsRefused(
            $"Versions.v1.Deprecated.Link: '{link}' is no http or https URL.");

    [Fact]
    public void Compile_VersionAfterItself_IsRefused() =>
        With("""{ "Prefix": "/v1", "Deprecated": { "Since": "2026-11-01", "Successor": "V1" } }""").IsRefused(
            "Versions.v1.Deprecated.Successor: a version doesn't succeed itself.");

    [Theory]
    [InlineData("""{ "v1": "v2", "v2": "v1" }""", "v1, v2")]
    [InlineData("""{ "v0": "V1", "v1": "v2", "v2": "v3", "v3": "v1" }""", "v1, v2, v3")]
    public void Compile_VersionsThatSucceedEachOther_AreRefusedOnce(string successors, string circle)
    {
        var error = Assert.Single(Succeeding(successors).Errors());
        Assert.Equal($"the versions {circle} succeed each other in a circle.", error.Message, ignoreCase: true);
        Assert.Equal(circle.Split(", ").Length - 1, error.Related.Count);
    }

    [Fact]
    public void Compile_VersionsThatLeadToOneThatStays_AreTakenUp() => Succeeding("""{ "v1": "v3", "v2": "v3", "v3": null }""").IsTakenUp();

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Compile_EmptyPrefix_IsOneError(string prefix) => Assert.Single(With($$"""{ "Prefix": "{{prefix}}" }""").Errors());

    [Theory]
    [InlineData("/v1", "everything below /v1 is a 404.")]
    [InlineData("/", "every path without another's prefix is a 404.")]
    public void Compile_VersionOfNothing_IsAWarning(string prefix, string said)
    {
        var problems = With($$"""{ "Prefix": "{{prefix}}", "Routes": [], "Aggregations": [] }""").Problems;
        Assert.Contains($"Versions.v1.Prefix: nothing belongs to this version: {said}", problems.Where(p => p.IsWarning).Select(p => $"{p.Path}: {p.Message}"));
    }

    private static LoadedConfiguration Succeeding(string successors) => Reading.Shipped(root => root["Versions"] = new JsonObject(
        JsonNode.Parse(successors)!.AsObject().Select(version => KeyValuePair.Create(version.Key, (JsonNode?)new JsonObject
        {
            ["Prefix"] = $"/{version.Key}",
            ["Deprecated"] = version.Value is null ? null : new JsonObject { ["Since"] = "2026-11-01", ["Successor"] = version.Value.DeepClone() },
        }))));

    private static LoadedConfiguration With(string version) =>
        Reading.Shipped(root => root["Versions"] = new JsonObject { ["v1"] = JsonNode.Parse(version) });
}
