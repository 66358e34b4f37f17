using EventGateway.Gateway.Telemetry.Tracing;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventGateway.Gateway.Telemetry.Otlp;

internal static class OtlpExtensions
{
    private const string ServiceName = "eventgateway";

    private static readonly string[] Sources = [Spans.Source.Name, "Microsoft.AspNetCore", "System.Net.Http", "Yarp.ReverseProxy"];

    /// <summary>Lets the SDK read the gateway's variables in place of the process's, which know nothing of <c>.env</c>.</summary>
    public static IOpenTelemetryBuilder WithVariables(this IOpenTelemetryBuilder builder, OpenTelemetryPlan plan, string version)
    {
        builder.Services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection(plan.Variables.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build());

        // A receiver can tell replicas apart by nothing but this id; whoever scrapes knows their addresses.
        return builder.ConfigureResource(resource => resource.Clear()
            .AddService(ServiceName, serviceVersion: version, autoGenerateServiceInstanceId: plan.Endpoint is not null)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector());
    }

    public static MeterProviderBuilder AddOtlpExporter(this MeterProviderBuilder metrics, OpenTelemetryPlan plan) =>
        plan.ExportsMetrics ? metrics.AddOtlpExporter() : metrics;

    /// <summary>Nobody listens to the sources unless traces are exported: then there are no spans, and they cost nothing.</summary>
    public static IOpenTelemetryBuilder WithTraces(this IOpenTelemetryBuilder builder, OpenTelemetryPlan plan) =>
        plan.ExportsTraces ? builder.WithTracing(tracing => tracing.AddSource(Sources).AddOtlpExporter()) : builder;
}
