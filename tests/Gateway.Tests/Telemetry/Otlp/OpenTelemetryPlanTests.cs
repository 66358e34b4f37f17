using EventGateway.Gateway.Telemetry.Otlp;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Telemetry.Otlp;

public sealed class OpenTelemetryPlanTests : IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("telemetry-");

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "'http/json' is none of grpc, http/protobuf.")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "'10s' is not a whole number from 1 to 2147483647, in plain digits.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret", "is not a list of name=value, separated by commas.")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION", "zip", "'zip' is none of gzip, none.")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta", "'Delta' is none of cumulative, delta, lowmemory.")]
    [InlineData("OTEL_TRACES_EXPORTER", "console", "'console' is none of otlp, none.")]
    [InlineData("OTEL_METRICS_EXPORTER", "prometheus", "'prometheus' is none of otlp, none.")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "1.5", "'1.5' is not a number from 0 to 1.")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "0", "'0' is not a whole number from 1 to 2147483647, in plain digits.")]
    [InlineData("OTEL_BSP_EXPORT_TIMEOUT", "-1", "'-1' is not a whole number from 1 to 2147483647, in plain digits.")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "many", "'many' is not a whole number from 1 to 2147483647, in plain digits.")]
    [InlineData("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1e3", "'1e3' is not a whole number from 1 to 2147483647, in plain digits.")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0", "'0' is not a whole number from 1 to 2147483647, in plain digits.")]
    [InlineData("OTEL_METRIC_EXPORT_TIMEOUT", "x", "'x' is not a whole number from 1 to 2147483647, in plain digits.")]
    public void Compile_ValueThatTheSdkCantUse_IsAnError(string variable, string value, string message)
    {
        var loaded = Reading.Shipped(environment: new() { [Endpoint] = "http://collector:4318", [variable] = value });

        Assert.Null(loaded.Plan);
        Assert.Equal($"{variable}: error: {message}", Assert.Single(loaded.Problems).ToString());
    }

    [Theory]
    [InlineData("collector:4318")]
    [InlineData("localhost")]
    [InlineData("ftp://collector")]
    [InlineData("http://user:secret@collector")]
    public void Compile_EndpointThatIsNone_IsAnError(string endpoint)
    {
        var loaded = Reading.WithVariable(Endpoint, endpoint);

        Assert.Null(loaded.Plan);
        Assert.StartsWith($"{Endpoint}: error: '{endpoint}' is not", Assert.Single(loaded.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_CertificateThatIsNone_IsAnError()
    {
        var file = Path.Combine(_directory.FullName, "ca.pem");
        File.WriteAllText(file, "no certificate");

        var loaded = Reading.Shipped(environment: new()
        {
            [Endpoint] = "https://collector:4318",
            ["OTEL_EXPORTER_OTLP_CERTIFICATE"] = file,
            ["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = "nowhere.pem",
        });

        Assert.Equal(["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], loaded.Problems.Select(p => p.Origin));
    }

    // What the SDK reads only where each signal is exported by itself: saying nothing would look like it worked.
    [Fact]
    public void Compile_VariableOfOneSignal_IsToldToHaveNoEffect()
    {
        var loaded = Reading.Shipped(environment: new() { [Endpoint] = "http://collector:4318", ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://traces" });

        Assert.NotNull(loaded.Plan);
        var problem = Assert.Single(loaded.Problems);
        Assert.Equal(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", true), (problem.Origin, problem.IsWarning));
    }

    [Fact]
    public void Compile_WithoutEndpoint_ExportsNothingAndJudgesNothing()
    {
        var plan = Reading.WithVariable("OTEL_METRIC_EXPORT_INTERVAL", "0").IsTakenUp().OpenTelemetry;

        Assert.Equal((null, false, false), (plan.Endpoint, plan.ExportsTraces, plan.ExportsMetrics));
    }

    [Theory]
    [InlineData("OTEL_TRACES_EXPORTER", "none", false, true)]
    [InlineData("OTEL_METRICS_EXPORTER", "none", true, false)]
    [InlineData("OTEL_SDK_DISABLED", "true", false, false)]
    [InlineData("OTEL_SDK_DISABLED", "false", true, true)]
    public void Compile_SwitchOfTheStandard_IsHeeded(string variable, string value, bool traces, bool metrics)
    {
        var plan = Reading.Shipped(environment: new() { [Endpoint] = "http://collector:4318", [variable] = value }).IsTakenUp().OpenTelemetry;

        Assert.Equal((traces, metrics), (plan.ExportsTraces, plan.ExportsMetrics));
        Assert.False(plan.Variables.ContainsKey("OTEL_SDK_DISABLED"));   // it would end the metrics page
    }

    [Fact]
    public void Compile_DotEnv_LiesBelowTheEnvironment()
    {
        var file = Path.Combine(_directory.FullName, ".env");
        File.WriteAllText(file, $"{Endpoint}=http://written:4318\nOTEL_SERVICE_NAME=written\nOTEL_BSP_SCHEDULE_DELAY=100\n");

        OpenTelemetryPlan plan = Reading.Shipped(
            dotEnvFile: file, environment: new() { ["OTEL_SERVICE_NAME"] = "process", ["OTEL_BSP_SCHEDULE_DELAY"] = "" }).IsTakenUp().OpenTelemetry;

        Assert.Equal("http://written:4318/", plan.Endpoint!.AbsoluteUri);
        Assert.Equal("process", plan.Variables["OTEL_SERVICE_NAME"]);
        Assert.Equal("100", plan.Variables["OTEL_BSP_SCHEDULE_DELAY"]);   // an empty variable is none
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
