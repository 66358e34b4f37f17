using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Telemetry.Otlp;

/// <summary>
/// Which values the SDK understands. It passes over one that it doesn't, or throws where nobody expects it; here each is told at start.
/// </summary>
internal static class OpenTelemetryVariables
{
    private static readonly (string Variable, Func<string, string?> FindFault)[] Rules =
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", OneOf("grpc", "http/protobuf")),
        ("OTEL_EXPORTER_OTLP_HEADERS", FaultOfHeaders),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", FaultOfCount),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", OneOf("gzip", "none")),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", OneOf("cumulative", "delta", "lowmemory")),
        ("OTEL_TRACES_EXPORTER", OneOf("otlp", "none")),
        ("OTEL_METRICS_EXPORTER", OneOf("otlp", "none")),
        ("OTEL_TRACES_SAMPLER", OneOf(
            "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio")),
        ("OTEL_TRACES_SAMPLER_ARG", FaultOfShare),
        ("OTEL_BSP_SCHEDULE_DELAY", FaultOfCount),
        ("OTEL_BSP_EXPORT_TIMEOUT", FaultOfCount),
        ("OTEL_BSP_MAX_QUEUE_SIZE", FaultOfCount),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", FaultOfCount),
        ("OTEL_METRIC_EXPORT_INTERVAL", FaultOfCount),
        ("OTEL_METRIC_EXPORT_TIMEOUT", FaultOfCount),
    ];

    // Per-signal settings belong to an SDK that exports each signal by itself.
    private static readonly string[] PerSignal = ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_METRICS_"];

    public static void Check(VariableLayer layer, ProblemList problems)
    {
        var variables = layer.Values;
        foreach (var (variable, findFault) in Rules)
        {
            if (variables.TryGetValue(variable, out var value) && findFault(value) is { } fault)
            {
                problems.Error(layer.OriginOf(variable), fault);
            }
        }

        CheckCertificates(layer, problems);
        foreach (var name in variables.Keys.Where(IsUnheard).Order(StringComparer.Ordinal))
        {
            problems.Warn(layer.OriginOf(name), "has no effect: traces and metrics have one receiver, and one set of OTEL_EXPORTER_OTLP_ variables.");
        }

        static bool IsUnheard(string name) =>
            Array.Exists(PerSignal, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !Array.Exists(Rules, rule => rule.Variable == name);
    }

    private static void CheckCertificates(VariableLayer layer, ProblemList problems)
    {
        var variables = layer.Values;
        const string Authority = "OTEL_EXPORTER_OTLP_CERTIFICATE";
        const string Client = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
        const string Key = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
        if (variables.TryGetValue(Authority, out var authority))
        {
            TryLoad(Authority, () => X509CertificateLoader.LoadCertificateFromFile(authority));
        }

        if (variables.TryGetValue(Client, out var client))
        {
            TryLoad(Client, () => X509Certificate2.CreateFromPemFile(client, variables.GetValueOrDefault(Key)));
        }

        void TryLoad(string variable, Func<X509Certificate2> load)
        {
            try
            {
                load().Dispose();
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                problems.Error(layer.OriginOf(variable), $"the certificate can't be read: {e.Message}");
            }
        }
    }

    private static Func<string, string?> OneOf(params string[] allowed) =>
        value => allowed.Contains(value, StringComparer.Ordinal) ? null : $"'{value}' is none of {string.Join(", ", allowed)}.";

    private static string? FaultOfCount(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? null
            : $"'{value}' is not a whole number from 1 to {int.MaxValue}, in plain digits.";

    private static string? FaultOfShare(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? null
            : $"'{value}' is not a number from 0 to 1.";

    // Its values are secrets more often than not.
    private static string? FaultOfHeaders(string value) =>
        value.Split(',').All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0) ? null : "is not a list of name=value, separated by commas.";
}
