using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Configuration;

public class EnvironmentVariablesTests
{
    [Fact]
    public void Port_InTheEnvironment_IsThePort() => Assert.Equal(8081, Reading.WithVariable("PORT", "8081").IsTakenUp().Options.Port);

    [Fact]
    public void ManagementPort_InTheEnvironment_IsThePort() =>
        Assert.Equal(8082, Reading.WithVariable("MANAGEMENT_PORT", "8082").IsTakenUp().Options.ManagementPort);

    [Theory]
    [InlineData("0")]
    [InlineData("65535")]
    public void Port_AtItsBounds_IsAccepted(string port) => Reading.WithVariable("PORT", port).IsTakenUp();

    [Theory]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("0x50")]
    [InlineData("http")]
    [InlineData("80.0")]
    [InlineData("1e3")]
    public void Port_NoPortNumber_NamesTheVariable(string port)
    {
        var loaded = Reading.WithVariable("PORT", port);

        Assert.Null(loaded.Plan);
        var problem = Assert.Single(loaded.Problems);
        Assert.Equal("PORT", problem.Origin);
        Assert.Contains(port, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EventApiBaseUrl_InTheEnvironment_ReplacesAllDestinations()
    {
        var plan = Reading.Shipped(
            root => root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["second"] = new JsonObject { ["Address"] = "http://second" },
            new() { ["EVENT_API_BASE_URL"] = "https://events.example/api" }).IsTakenUp();

        var destination = Assert.Single(plan.Clusters.Single().Destinations!);
        Assert.Equal(("primary", "https://events.example/api"), (destination.Key, destination.Value.Address));
    }

    [Theory]
    [InlineData("localhost:4000")]
    [InlineData("/events")]
    [InlineData("ftp://events")]
    [InlineData("http://")]
    [InlineData("http://user:secret@events")]
    [InlineData("http://events?key=1")]
    [InlineData("http://events#top")]
    public void EventApiBaseUrl_NoAbsoluteHttpAddress_NamesTheVariable(string address)
    {
        var loaded = Reading.WithVariable("EVENT_API_BASE_URL", address);

        Assert.Equal(
            [
                $"EVENT_API_BASE_URL: error: ReverseProxy.Clusters.event-api.Destinations.primary.Address: '{address.Replace("user:secret", "…", StringComparison.Ordinal)}' is not an absolute http or "
                    + "https URI (without credentials, query and fragment).",
            ],
            loaded.Problems.Select(p => p.ToString()));
        Assert.Null(loaded.Plan);
    }

    [Fact]
    public void BreakerVariables_InTheEnvironment_AreTheBreakersSettings()
    {
        var settings = Reading.Shipped(environment: new()
        {
            ["CIRCUIT_BREAKER_FAILURE_THRESHOLD"] = "7",
            ["CIRCUIT_BREAKER_FAILURE_WINDOW_MS"] = "1",
            ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "1500",
            ["CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS"] = "86400000",
        }).IsTakenUp().Breakers["addEvent"].Settings;

        Assert.Equal(7, settings.FailureThreshold);
        Assert.Equal(TimeSpan.FromMilliseconds(1), settings.FailureWindow);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), settings.ResetTimeout);
        Assert.Equal(TimeSpan.FromDays(1), settings.MaxResetTimeout);
    }

    [Theory]
    [InlineData("CIRCUIT_BREAKER_FAILURE_WINDOW_MS")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS")]
    [InlineData("CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS")]
    public void Milliseconds_InAnythingButPlainDigitsInRange_AreRefused(string variable)
    {
        string[] wrong = ["0", "-1", "86400001", "1e3", "1.5", "+5", "5 000", "0x10", "10s", "00:00:10", "٣", "99999999999999999999"];

        Assert.All(wrong, text => Assert.Equal(
            [$"{variable}: error: '{text}' is not a whole number of milliseconds from 1 to 86400000, in plain digits."],
            Reading.WithVariable(variable, text).Problems.Select(p => p.ToString())));
    }

    [Fact]
    public void Milliseconds_WithBlanksAround_AreTrimmed() => Assert.Equal(
        TimeSpan.FromMilliseconds(5), Reading.WithVariable("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", " 5 ").IsTakenUp().Breakers["addEvent"].Settings.ResetTimeout);

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("three")]
    [InlineData("2.5")]
    [InlineData("1e2")]
    public void FailureThreshold_NoWholeNumberInRange_NamesTheVariable(string threshold)
    {
        var problem = Assert.Single(Reading.WithVariable("CIRCUIT_BREAKER_FAILURE_THRESHOLD", threshold).Problems);

        Assert.Equal(("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "CircuitBreakers.addEvent.FailureThreshold"), (problem.Origin, problem.Path));
    }

    [Fact]
    public void ResetTimeout_LongerThanTheLongest_NamesBothPlaces()
    {
        var loaded = Reading.Shipped(environment: new()
        {
            ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "60001",
            ["CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS"] = "60000",
        });

        Assert.Equal(
            "CIRCUIT_BREAKER_RESET_TIMEOUT_MS: error: CircuitBreakers.addEvent.ResetTimeout: ResetTimeout (00:01:00.0010000) is longer than "
                + "MaxResetTimeout (00:01:00). See also CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS.",
            Assert.Single(loaded.Problems).ToString());
    }

    [Theory]
    [InlineData("off", false)]
    [InlineData("FALSE", false)]
    [InlineData("0", false)]
    [InlineData("on", true)]
    [InlineData("true", true)]
    [InlineData("1", true)]
    public void AccessLog_OnOrOff_IsUnderstood(string value, bool expected)
    {
        var plan = Reading.Shipped(root => root["AccessLog"] = !expected, new() { ["ACCESS_LOG"] = value }).IsTakenUp();

        Assert.Equal(expected, plan.Options.AccessLog);
    }

    [Fact]
    public void AccessLog_AnythingElse_IsRefused() => Assert.Equal(
        "ACCESS_LOG: error: 'maybe' is neither on nor off.", Assert.Single(Reading.WithVariable("ACCESS_LOG", "maybe").Problems).ToString());

    [Theory]
    [InlineData("EVENT_API_BASE_URL", "http://other", "ReverseProxy.Clusters.event-api")]
    [InlineData("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "5", "CircuitBreakers.addEvent")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "5", "CircuitBreakers.addEvent")]
    public void Variable_WhoseKeyTheFileDoesNotHave_IsAWarning(string variable, string value, string key)
    {
        var loaded = Reading.Shipped(
            root =>
            {
                root.AsObject().Clear();
                root["AllowEmpty"] = true;
            },
            new() { [variable] = value });

        var problem = Assert.Single(loaded.Problems);
        Assert.True(problem.IsWarning);
        Assert.Equal($"{variable}: warning: has no effect: the file has no {key}.", problem.ToString());
        Assert.NotNull(loaded.Plan);
    }

    [Fact]
    public void SectionForm_OfAnyKey_LiesOverTheFile()
    {
        var plan = Reading.Shipped(environment: new()
        {
            ["DrainDelay"] = "00:00:05",
            ["CircuitBreakers__addEvent__Jitter"] = "0",
            ["REVERSEPROXY__CLUSTERS__EVENT-API__HTTPREQUEST__ACTIVITYTIMEOUT"] = "00:00:07",
            ["Aggregations__eventsByUser__Steps__1__MaxConcurrency"] = "9",
            ["Aggregations:eventsByUser:Steps:0:Timeout"] = "00:00:01",
        }).IsTakenUp();

        Assert.Equal(TimeSpan.FromSeconds(5), plan.Options.DrainDelay);
        Assert.Equal(0, plan.Breakers["addEvent"].Settings.Jitter);
        Assert.Equal(TimeSpan.FromSeconds(7), plan.Clusters.Single().HttpRequest!.ActivityTimeout);
        Assert.Equal(9, plan.Options.Aggregations["eventsByUser"].Steps[1].MaxConcurrency);
        Assert.Equal(TimeSpan.FromSeconds(1), plan.Options.Aggregations["eventsByUser"].Steps[0].Timeout);
    }

    [Fact]
    public void SectionForm_OfAThingTheFileDoesNotHave_AddsIt()
    {
        var plan = Reading.WithVariable("CircuitBreakers__other__FailureThreshold", "4").IsTakenUp();

        Assert.Equal(4, plan.Breakers["other"].Settings.FailureThreshold);
    }

    [Theory]
    [InlineData("CircuitBreakers__addEvent__FailureTreshold", "1", "CircuitBreakers.addEvent.FailureTreshold")]
    [InlineData("CircuitBreakers__addEvent__Jitter", "much", "CircuitBreakers.addEvent.Jitter")]
    [InlineData("CircuitBreakers__addEvent", "much", "CircuitBreakers.addEvent")]
    [InlineData("CircuitBreakers__", "1", "")]
    public void SectionForm_OfAWrongKeyOrValue_NamesTheVariable(string variable, string value, string path)
    {
        var loaded = Reading.WithVariable(variable, value);

        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Problems, p => p.Origin == variable && p.Path == path);
    }

    [Theory]
    [InlineData("PATH")]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    [InlineData("GATEWAY_PORT")]
    [InlineData("LOGGING_SERVICE_PORT")]
    public void Variable_OfSomebodyElse_ChangesNothing(string variable) =>
        Assert.Equal(3000, Reading.WithVariable(variable, "http://+:8080").IsTakenUp().Options.Port);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Variable_Empty_IsNotSet(string value)
    {
        string[] variables =
        [
            "PORT", "MANAGEMENT_PORT", "EVENT_API_BASE_URL", "ACCESS_LOG", "CIRCUIT_BREAKER_FAILURE_THRESHOLD", "CIRCUIT_BREAKER_FAILURE_WINDOW_MS",
            "CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS", "CircuitBreakers__addEvent__Jitter",
        ];

        var plan = Reading.Shipped(environment: variables.ToDictionary(v => v, _ => value)).IsTakenUp();

        Assert.Equal(3000, plan.Options.Port);
        Assert.Equal(3, plan.Breakers["addEvent"].Settings.FailureThreshold);
    }

    [Fact]
    public void Variables_SeveralWrongOnes_AreAllNamed()
    {
        var loaded = Reading.Shipped(environment: new()
        {
            ["PORT"] = "x",
            ["MANAGEMENT_PORT"] = "x",
            ["EVENT_API_BASE_URL"] = "x",
            ["CIRCUIT_BREAKER_FAILURE_THRESHOLD"] = "x",
            ["CIRCUIT_BREAKER_FAILURE_WINDOW_MS"] = "x",
            ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "x",
            ["CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS"] = "x",
        });

        Assert.Null(loaded.Plan);
        Assert.Equal(
            [
                "CIRCUIT_BREAKER_FAILURE_THRESHOLD", "CIRCUIT_BREAKER_FAILURE_WINDOW_MS", "CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS",
                "CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "EVENT_API_BASE_URL", "MANAGEMENT_PORT", "PORT",
            ],
            loaded.Problems.Select(p => p.Origin).Order(StringComparer.Ordinal));
    }
}
