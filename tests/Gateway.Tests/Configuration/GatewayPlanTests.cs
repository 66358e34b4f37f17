using System.Text.Json.Nodes;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class GatewayPlanTests
{
    [Fact]
    public void Compile_ShippedFile_HasWhatTheContractNames()
    {
        var plan = Reading.Bytes(ReadShipped()).IsTakenUp();

        Assert.Equal(["getUsers", "getEvents", "addEvent"], plan.Routes.Select(r => r.RouteId));
        Assert.Equal(["event-api"], plan.Clusters.Select(c => c.ClusterId));
        Assert.Equal(["addEvent"], plan.Breakers.Keys);
        Assert.Equal(["eventsByUser"], plan.Aggregations.Select(a => a.Name));
        Assert.Equal("http://localhost:4000", plan.Clusters[0].Destinations!["primary"].Address);
        Assert.Equal(3000, plan.Options.Port);
    }

    // What the file spells out is what holds where it says nothing: deleting a line changes nothing.
    [Fact]
    public void Compile_ShippedFile_SpellsOutTheDefaults()
    {
        var options = Reading.Bytes(ReadShipped()).IsTakenUp().Options;

        AssertSameValues(new BreakerOptions(), options.CircuitBreakers["addEvent"]);
        var (aggregation, defaults) = (options.Aggregations["eventsByUser"], new AggregationOptions());
        Assert.Equal((defaults.Mode, defaults.TotalTimeout, defaults.MaxTotalBytes), (aggregation.Mode, aggregation.TotalTimeout, aggregation.MaxTotalBytes));
        Assert.All(aggregation.Steps, step => Assert.Equal(
            (step.Timeout, step.MaxBytes, step.MaxConcurrency, step.MaxItems),
            (new StepOptions().Timeout, new StepOptions().MaxBytes, new StepOptions().MaxConcurrency, new StepOptions().MaxItems)));
    }

    [Fact]
    public void Compile_SeveralMistakes_AreAllToldWithTheirPlace()
    {
        var loaded = Reading.Text(
            """
            {
              "Prt": 3000,
              "ReverseProxy": {
                "Routes": { "a": { "ClusterId": "x", "Match": { "Path": "/a" } } },
                "Clusters": { "c": { "Destinations": { "d": { "Address": "here" } } } }
              },
              "CircuitBreakers": { "b": { "FailureThreshold": 0 } },
              "Aggregations": { "g": { "Match": { "Path": "/g" }, "Steps": [ { "Id": "s", "Cluster": "c", "Path": "s" } ], "Output": "t" } }
            }
            """);

        Assert.Null(loaded.Plan);
        Assert.Equal(
            [
                "appsettings.json:2:10: error: Prt: there is no such key here; known are "
                    + $"{string.Join(", ", OptionsReader.PropertiesOf(typeof(GatewayOptions)).Select(property => property.Name))}; did you mean 'Port'?",
                "appsettings.json:4:37: error: ReverseProxy.Routes.a.ClusterId: there is no cluster 'x'; known are c.",
                "appsettings.json:5:62: error: ReverseProxy.Clusters.c.Destinations.d.Address: 'here' is not an absolute http or https URI "
                    + "(without credentials, query and fragment).",
                "appsettings.json:7:51: error: CircuitBreakers.b.FailureThreshold: 0 is out of range; FailureThreshold goes from 1 to 10000.",
                "appsettings.json:8:103: error: Aggregations.g.Steps[0].Path: 's' doesn't begin with '/'.",
                "appsettings.json:8:122: error: Aggregations.g.Output: There is no step 't'; known are s.",
            ],
            loaded.Problems.Select(p => p.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "ReverseProxy": { "Routes": {} }, "Aggregations": {} }""")]
    public void Compile_NoRouteAtAll_IsTakenForAMistake(string text) =>
        Assert.Contains("AllowEmpty", Assert.Single(Reading.Text(text).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Compile_NoRouteAtAllButMeant_IsTakenUp() => Assert.Empty(Reading.Text("""{ "AllowEmpty": true }""").IsTakenUp().Routes);

    [Theory]
    [InlineData("5xx")]
    [InlineData("")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("599-500")]
    [InlineData("500-599,")]
    public void Compile_FailureStatusesThatAreNone_AreRefused(string statuses) =>
        Reading.Shipped(root => Breaker(root)["FailureStatuses"] = statuses).IsRefused(
            $"CircuitBreakers.addEvent.FailureStatuses: '{statuses}' is no list of statuses and ranges from 100 to 599, as in \"429, 500-599\".");

    [Fact]
    public void Compile_ResetTimeoutLongerThanTheLongest_IsRefused() =>
        Reading.Shipped(root => Breaker(root)["ResetTimeout"] = "00:02:00").IsRefused(
            "CircuitBreakers.addEvent.ResetTimeout: ResetTimeout (00:02:00) is longer than MaxResetTimeout (00:01:00).");

    [Theory]
    [InlineData("FailureThreshold", "10001")]
    [InlineData("FailureWindow", "1.00:00:01")]
    [InlineData("ResetTimeout", "-00:00:01")]
    [InlineData("MaxResetTimeout", "1.00:00:01")]
    [InlineData("Jitter", "0.91")]
    [InlineData("HalfOpenMaxProbes", "0")]
    [InlineData("SuccessesToClose", "1001")]
    [InlineData("ProbeTimeout", "00:00:00")]
    [InlineData("MinimumFailureRatio", "1.1")]
    [InlineData("FailureRatio", "0")]
    [InlineData("SlowCallRatio", "-0.5")]
    [InlineData("SlowCallDuration", "1.00:00:01")]
    [InlineData("MinimumCalls", "1000001")]
    public void Compile_BreakerSettingOutOfRange_IsRefused(string key, string value)
    {
        var problems = Reading.Shipped(root => Breaker(root)[key] = value).Problems;

        var problem = Assert.Single(problems, p => p.Message.Contains("is out of range", StringComparison.Ordinal));
        Assert.Equal($"CircuitBreakers.addEvent.{key}", problem.Path);
    }

    [Fact]
    public void Compile_RatioOfNothing_SaysThatItMustBeAboveIt() =>
        Reading.Shipped(root => Breaker(root)["FailureRatio"] = 0).IsRefused(
            "CircuitBreakers.addEvent.FailureRatio: 0 is out of range; FailureRatio goes from above 0 to 1.");

    [Fact]
    public void Compile_SlowCallRuleThatLacksItsHalf_NamesBoth() =>
        Reading.Shipped(root => Breaker(root)["SlowCallDuration"] = "00:00:02").IsRefused(
            "CircuitBreakers.addEvent.SlowCallDuration: SlowCallDuration is set and SlowCallRatio is not: slow calls are judged by both.");

    [Fact]
    public void Compile_SlowCallLongerThanAnyCall_NamesBoth() =>
        Reading.Shipped(root => (Breaker(root)["SlowCallRatio"], Breaker(root)["SlowCallDuration"]) = (0.5, "00:00:35")).IsRefused(
            "CircuitBreakers.addEvent.SlowCallDuration: "
            + "SlowCallDuration (00:00:35) is not shorter than ProbeTimeout (00:00:35): no call takes that long.");

    [Theory]
    [InlineData("Off")]
    [InlineData("0")]
    [InlineData("ForcedOpen, Disabled")]
    public void Compile_ModeThatIsNone_NamesThemAll(string mode) =>
        Reading.Shipped(root => Breaker(root)["Mode"] = mode).IsRefused(
            $"CircuitBreakers.addEvent.Mode: '{mode}' is not one of Automatic, ForcedOpen, Disabled, MetricsOnly.");

    [Fact]
    public void Compile_EveryRuleAndAMode_IsTakenUp()
    {
        var settings = Reading.Shipped(root =>
        {
            var breaker = Breaker(root);
            breaker["MinimumFailureRatio"] = 0.05;
            breaker["FailureRatio"] = 0.5;
            breaker["SlowCallDuration"] = "00:00:02";
            breaker["SlowCallRatio"] = 0.8;
            breaker["MinimumCalls"] = 50;
            breaker["Mode"] = "metricsOnly";
        }).IsTakenUp().Breakers["addEvent"].Settings;

        Assert.Equal((0.05, 0.5, 0.8, 50), (settings.MinimumFailureRatio, settings.FailureRatio, settings.SlowCallRatio, settings.MinimumCalls));
        Assert.Equal((TimeSpan.FromSeconds(2), CircuitMode.MetricsOnly), (settings.SlowCallDuration, settings.Mode));
    }

    [Fact]
    public void Compile_AggregationThatNamesNothing_IsToldWithItsPath() =>
        Reading.Shipped(root =>
        {
            Aggregation(root)["Output"] = new JsonObject { ["events"] = "events" };
            Step(root, 0)["Cluster"] = "events";
            Step(root, 1)["CircuitBreaker"] = "events";
            Step(root, 1)["ForEach"] = "users#/events";
            Step(root, 1)["Path"] = "/getEventById/{event}";
        }).IsRefused(
            "Aggregations.eventsByUser.Output.events: There is no step 'events'; known are user, event; did you mean 'event'?",
            "Aggregations.eventsByUser.Steps[0].Cluster: there is no cluster 'events'; known are event-api.",
            "Aggregations.eventsByUser.Steps[1].CircuitBreaker: there is no circuit breaker 'events'; known are addEvent.",
            "Aggregations.eventsByUser.Steps[1].ForEach: There is no step 'users'; known are user, event; did you mean 'user'?",
            "Aggregations.eventsByUser.Steps[1].Path: '{event}' is no parameter of '/getEventsByUserId/{id}'; known are id.",
            "Aggregations.eventsByUser.Steps[1].Path: A step with ForEach needs '{item}' in its path: all its calls would be the same.");

    [Theory]
    [InlineData("Range")]
    [InlineData("if-none-match")]
    [InlineData("Accept-Encoding")]
    [InlineData("Connection")]
    public void Compile_AggregationThatPassesAHeaderOfTheConnection_IsRefused(string header)
    {
        var problem = Assert.Single(Reading.Shipped(root => Step(root, 0)["Headers"] = new JsonArray("Accept-Language", header)).Problems);

        Assert.Equal("Aggregations.eventsByUser.Steps[0].Headers[1]", problem.Path);
        Assert.Contains(header, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_AggregationWithoutItsParts_NamesEachMissingOne()
    {
        var loaded = Reading.Shipped(root => root["Aggregations"]!["empty"] = new JsonObject());

        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Problems, p => p.Path == "Aggregations.empty.Match" || p.Path == "Aggregations.empty");
        Assert.All(loaded.Problems, p => Assert.StartsWith("Aggregations.empty", p.Path, StringComparison.Ordinal));
    }

    // Steps that can't be read must not shift the others: each mistake stays where it was made.
    [Theory]
    [InlineData("null")]
    [InlineData("\"user\"")]
    public void Compile_StepThatIsNone_LeavesTheOthersInTheirPlaces(string step)
    {
        var loaded = Reading.Shipped(root =>
        {
            Step(root, 1)["Cluster"] = "elsewhere";
            Aggregation(root)["Steps"]!.AsArray()[0] = JsonNode.Parse(step);
        });

        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Problems, p => p.Path == "Aggregations.eventsByUser.Steps[1].Cluster");
    }

    [Theory]
    [InlineData("{ \"Level\": { \"Default\": \"Warning\" } }")]
    [InlineData("{ \"LogLevel\": { \"Default\": \"Loud\" } }")]
    [InlineData("{ \"LogLevel\": \"Warning\" }")]
    public void Compile_LogLevelsThatAreNone_AreRefused(string logging) =>
        Assert.StartsWith("Logging.", Assert.Single(Reading.Shipped(root => root["Logging"] = JsonNode.Parse(logging)).Problems).Path, StringComparison.Ordinal);

    private static byte[] ReadShipped() => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "appsettings.json"));

    private static JsonNode Breaker(JsonNode root) => root["CircuitBreakers"]!["addEvent"]!;

    private static JsonNode Aggregation(JsonNode root) => root["Aggregations"]!["eventsByUser"]!;

    private static JsonNode Step(JsonNode root, int index) => Aggregation(root)["Steps"]![index]!;

    private static void AssertSameValues<T>(T expected, T actual) => Assert.All(
        typeof(T).GetProperties(), property => Assert.Equal(property.GetValue(expected), property.GetValue(actual)));
}
