using System.Globalization;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>Mistakes in the settings: each is one line that names the culprit, and the port stays closed.</summary>
public sealed class MistakeTests
{
    private const int BadConfiguration = 78;

    [Theory]
    [InlineData("PORT", "abc")]
    [InlineData("PORT", "-1")]
    [InlineData("PORT", "70000")]
    [InlineData("PORT", "3000.5")]
    [InlineData("EVENT_API_BASE_URL", "event.com")]
    [InlineData("EVENT_API_BASE_URL", "ftp://event.com")]
    [InlineData("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")]
    [InlineData("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "10001")]
    [InlineData("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "three")]
    [InlineData("CIRCUIT_BREAKER_FAILURE_WINDOW_MS", "0")]
    [InlineData("CIRCUIT_BREAKER_FAILURE_WINDOW_MS", "1e3")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "86400001")]
    [InlineData("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "70000")]   // more than the greatest wait of the file
    [InlineData("CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS", "-5")]
    public async Task Variable_Wrong_IsNamedInOneLine(string variable, string value)
    {
        var inEnvironment = new GatewayLaunch { Variables = { [variable] = value } };
        var ended = await inEnvironment.RunAsync();
        Assert.Equal(BadConfiguration, ended.ExitCode);
        Assert.Contains(variable, Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task DotEnv_WrongVariable_IsNamedInOneLine()
    {
        var ended = await new GatewayLaunch { Files = { [".env"] = "CIRCUIT_BREAKER_RESET_TIMEOUT_MS=soon\n" } }.RunAsync();
        Assert.Equal(BadConfiguration, ended.ExitCode);
        Assert.Contains("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--nonsense=1")]
    [InlineData("nonsense")]
    public async Task CommandLine_Nonsense_IsNamedInOneLine(string argument)
    {
        var ended = await new GatewayLaunch(argument).RunAsync();
        Assert.Equal(BadConfiguration, ended.ExitCode);
        Assert.Contains(argument, Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    // The SDK would pass over the first two in silence, and end with a stack over the last two.
    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0")]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem")]
    public async Task OpenTelemetryVariable_ThatTheSdkCantUse_IsNamedInOneLine(string variable, string value)
    {
        var ended = await new GatewayLaunch
        {
            Variables = { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4318", [variable] = value },
        }.RunAsync();
        Assert.Equal(BadConfiguration, ended.ExitCode);
        Assert.StartsWith($"{variable}: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_InFileAndEnvironment_AreToldInOneGo()
    {
        var ended = await new GatewayLaunch
        {
            Variables =
            {
                ["PORT"] = "abc",
                ["EVENT_API_BASE_URL"] = "event.com",
                ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "1e3",
            },
            Files =
            {
                ["appsettings.json"] = ShippedFile.Edited(root =>
                {
                    root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 0;
                    root["ReverseProxy"]!["Routes"]!["getUsers"]!["ClusterId"] = "nowhere";
                    root["ReverseProxy"]!["Routes"]!["getEvents"]!["Transforms"] = new System.Text.Json.Nodes.JsonArray(
                        new System.Text.Json.Nodes.JsonObject { ["CircuitBreaker"] = "unheardOf" });
                }),
            },
        }.RunAsync();

        Assert.Equal(BadConfiguration, ended.ExitCode);
        Assert.Equal(6, ended.Errors.Count);
        foreach (var culprit in new[]
        {
            "PORT",
            "EVENT_API_BASE_URL",
            "CIRCUIT_BREAKER_RESET_TIMEOUT_MS",
            "CircuitBreakers.addEvent.FailureThreshold",
            "ReverseProxy.Routes.getUsers.ClusterId",
            "ReverseProxy.Routes.getEvents.Transforms",
        })
        {
            Assert.Single(ended.Errors, line => line.Contains(culprit, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(ended.Errors, line => line.StartsWith("   at ", StringComparison.Ordinal));
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Mistakes_BesideATakenPort_AreFoundBeforeThePortIsTried()
    {
        await using var other = NamedUpstream.Start("other");
        var ended = await new GatewayLaunch
        {
            Variables = { ["PORT"] = other.Port.ToString(CultureInfo.InvariantCulture), ["CIRCUIT_BREAKER_FAILURE_THRESHOLD"] = "0" },
        }.RunAsync();
        Assert.Equal(BadConfiguration, ended.ExitCode);
    }
}
