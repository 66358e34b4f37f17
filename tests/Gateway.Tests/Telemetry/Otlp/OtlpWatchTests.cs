using System.Diagnostics;
using System.Threading.Channels;
using EventGateway.Gateway.Telemetry.Otlp;
using EventGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;

namespace EventGateway.Gateway.Tests.Telemetry.Otlp;

/// <summary>Against the SDK's own exporter, since its events are all that the watch knows.</summary>
public sealed class OtlpWatchTests : IAsyncDisposable
{
    private readonly Lines _log = new();
    private readonly RawUpstream _receiver;
    private readonly OtlpWatch _watch;
    private readonly ActivitySource _source = new($"watched-{Guid.NewGuid()}");
    private readonly TracerProvider _provider;
    private volatile string _answer = "200 OK";

    public OtlpWatchTests()
    {
        _receiver = RawUpstream.Start((_, connection) => connection.RespondAsync("", _answer));
        _watch = new OtlpWatch(new Uri(_receiver.Address), _log);
        _provider = CreateProvider(_receiver.Address);
    }

    [Theory]
    [InlineData("401 Unauthorized", "401")]
    [InlineData("503 Service Unavailable", "503")]
    public void Export_RefusedAgainAndAgain_IsToldOnceAndThenItsEnd(string refusal, string reason)
    {
        Export(3);
        Assert.Empty(_log.All);

        _answer = refusal;
        Export(5);
        var told = Assert.Single(_log.All);
        Assert.Contains(reason, told, StringComparison.Ordinal);
        Assert.Contains(_receiver.Address, told, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);

        _answer = "200 OK";
        Export(5);
        Assert.Equal(2, _log.All.Count);
        Assert.Contains("again", _log.All[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Export_NobodyListens_IsToldWithTheReason()
    {
        const string Nobody = "http://127.0.0.1:1";
        using var watch = new OtlpWatch(new Uri(Nobody), _log);
        using var provider = CreateProvider(Nobody);

        Export(3);

        Assert.StartsWith(
            "http://127.0.0.1:1/ doesn't take traces and metrics: Connection refused (127.0.0.1:1).", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    [Fact]
    public void Export_OfSomebodyElseInTheProcess_IsNone()
    {
        using var other = new OtlpWatch(new Uri("http://127.0.0.1:1"), _log);
        _watch.Dispose();
        _answer = "401 Unauthorized";

        Export(1);

        Assert.Empty(_log.All);
    }

    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        _provider.Dispose();
        _source.Dispose();
        await _receiver.DisposeAsync();
    }

    private TracerProvider CreateProvider(string address) => Sdk.CreateTracerProviderBuilder().AddSource(_source.Name)
        .AddProcessor(new SimpleActivityExportProcessor(new OtlpTraceExporter(new OtlpExporterOptions
        {
            Endpoint = new Uri($"{address}/v1/traces"),
            Protocol = OtlpExportProtocol.HttpProtobuf,
        })))
        .Build();

    // The exporter is a simple one: each span is sent when it ends, before the next line here.
    private void Export(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _source.StartActivity("span")!.Stop();
        }
    }

    private sealed class Lines : ILogger
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly List<string> _read = [];

        public List<string> All
        {
            get
            {
                while (_lines.Reader.TryRead(out var line))
                {
                    _read.Add(line);
                }

                return _read;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Writer.TryWrite(formatter(state, exception));

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => NullLogger.Instance.BeginScope(state);
    }
}
