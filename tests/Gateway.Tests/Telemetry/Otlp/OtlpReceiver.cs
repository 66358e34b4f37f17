using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Telemetry.Otlp;

/// <summary>Takes what is pushed over OTLP/HTTP, and shows it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const string Metrics = "/v1/metrics";
    private const string Traces = "/v1/traces";

    private readonly RawUpstream _server;
    private readonly TaskCompletionSource _metricsArrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OtlpReceiver(Func<RawConnection, Task>? answer = null) => _server = RawUpstream.Start(async (request, connection) =>
    {
        if (request.Target == Metrics)
        {
            _metricsArrived.TrySetResult();
        }

        await (answer is null ? connection.RespondAsync("") : answer(connection));
    });

    public string Address => _server.Address;

    /// <summary>Completes with the first metrics.</summary>
    public Task MetricsArrived => _metricsArrived.Task;

    public int Exports => _server.Requests.Count;

    /// <summary>The spans of one trace, in the order in which they ended. Complete when the gateway has stopped.</summary>
    public IReadOnlyList<ReceivedSpan> SpansOf(string traceId) => [.. Spans.Where(span => span.TraceId == traceId)];

    public IEnumerable<ReceivedSpan> Spans => BodiesOf(Traces).SelectMany(ReceivedSpan.In);

    public IEnumerable<string> MetricNames => BodiesOf(Metrics).SelectMany(export => export.All(1, 2, 2)).Select(metric => metric.Text(1)).Distinct();

    /// <summary>Attributes of whoever pushed: the same in each export.</summary>
    public IReadOnlyDictionary<string, string> Resource =>
        ReceivedSpan.AttributesOf(_server.Requests.Select(r => ProtobufMessage.Parse(r.Body)).First().All(1, 1).First(), 1);

    public IEnumerable<RawRequest> Requests => _server.Requests;

    /// <summary>What a gateway needs to push here.</summary>
    public Dictionary<string, string> Variables(params IEnumerable<(string Name, string Value)> more)
    {
        Dictionary<string, string> variables = new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        foreach (var (name, value) in more)
        {
            variables[name] = value;
        }

        return variables;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IEnumerable<ProtobufMessage> BodiesOf(string path) => _server.Requests.Where(r => r.Target == path).Select(r => ProtobufMessage.Parse(r.Body));
}
