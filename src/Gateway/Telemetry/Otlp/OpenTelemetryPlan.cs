using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Telemetry.Otlp;

/// <summary>
/// What OpenTelemetry's own <c>OTEL_*</c> variables say. Traces and metrics are pushed where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is
/// set. It holds from the start to the end of the process.
/// </summary>
public sealed class OpenTelemetryPlan
{
    internal const string Prefix = "OTEL_";

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string DisabledVariable = "OTEL_SDK_DISABLED";

    private OpenTelemetryPlan(Dictionary<string, string> variables, Uri? endpoint)
    {
        Variables = variables;
        Endpoint = endpoint;
    }

    /// <summary>The receiver of traces and metrics; null where nothing is pushed.</summary>
    public Uri? Endpoint { get; }

    public bool ExportsTraces => Endpoint is not null && Variables.GetValueOrDefault("OTEL_TRACES_EXPORTER") != "none";

    public bool ExportsMetrics => Endpoint is not null && Variables.GetValueOrDefault("OTEL_METRICS_EXPORTER") != "none";

    /// <summary>What the SDK reads for itself.</summary>
    internal IReadOnlyDictionary<string, string> Variables { get; }

    internal static OpenTelemetryPlan Compile(VariableLayer layer, ProblemList problems)
    {
        var variables = new Dictionary<string, string>(layer.Values, StringComparer.Ordinal);

        // The SDK would switch off the metrics page as well.
        variables.Remove(DisabledVariable, out var disabled);
        if (disabled == "true" || !variables.TryGetValue(EndpointVariable, out var address))
        {
            return new OpenTelemetryPlan(variables, null);   // who pushes nothing needn't mend what an orchestrator gives to all its processes
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https") || endpoint.UserInfo.Length > 0)
        {
            problems.Error(layer.OriginOf(EndpointVariable), $"'{address}' is not an absolute http or https URI (without credentials).");
        }

        OpenTelemetryVariables.Check(layer, problems);
        var plan = new OpenTelemetryPlan(variables, endpoint);
        return plan.ExportsTraces || plan.ExportsMetrics ? plan : new OpenTelemetryPlan(variables, null);
    }
}
