using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Telemetry;

/// <summary>
/// One JSON line per request, written by a background loop: a slow reader of standard output makes lines drop, never requests wait.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "Standard output belongs to the process.")]
internal sealed class AccessLog : BackgroundService
{
    private const int QueueLength = 8_192;
    private const int LineEstimate = 512;
    private const int BatchBytes = 64 * 1024;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly Channel<ArrayBufferWriter<byte>> _lines;
    private long _dropped;   // by Interlocked
    private volatile bool _enabled = true;

    public AccessLog(Stream output, TimeProvider time)
    {
        _output = output;
        _time = time;
        _lines = Channel.CreateBounded<ArrayBufferWriter<byte>>(
            new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>Whether lines are written at all; changes with the configuration.</summary>
    public bool Enabled
    {
        get => _enabled;
        set => _enabled = value;
    }

    /// <summary>Lines that were lost because the output took them too slowly.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(HttpContext context, RequestRecord record, TimeSpan took)
    {
        if (Enabled)
        {
            var line = new ArrayBufferWriter<byte>(LineEstimate);
            Format(line, context, record, took);
            _lines.Writer.TryWrite(line);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (await _lines.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.WrittenCount < BatchBytes && _lines.Reader.TryRead(out var line))
            {
                batch.Write(line.WrittenSpan);
            }

            try
            {
                await _output.WriteAsync(batch.WrittenMemory, CancellationToken.None);
                await _output.FlushAsync(CancellationToken.None);
            }
            catch (IOException)
            {
                // Nobody reads any more. The gateway goes on; the lines are lost, like those of any closed pipe.
            }

            batch.ResetWrittenCount();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _lines.Writer.TryComplete();
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    private void Format(ArrayBufferWriter<byte> line, HttpContext context, RequestRecord record, TimeSpan took)
    {
        using (var json = new Utf8JsonWriter(line, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("timestamp"u8, _time.GetUtcNow().UtcDateTime);
            json.WriteString("type"u8, "access"u8);
            json.WriteString("method"u8, context.Request.Method);
            json.WriteString("path"u8, RawPath.Of(context));
            json.WriteString("route"u8, record.Route);
            WriteOptional(json, "cluster", record.Cluster);
            WriteOptional(json, "destination", record.Destination);
            json.WriteNumber("status"u8, context.Response.StatusCode);
            WriteOptional(json, "cause", record.Cause);
            json.WriteNumber("duration_ms"u8, Milliseconds(took));
            if (record.UpstreamDuration is { } upstream)
            {
                json.WriteNumber("upstream_ms"u8, Milliseconds(upstream));
            }
            else
            {
                json.WriteNull("upstream_ms"u8);
            }

            WriteOptional(json, "breaker", record.Breaker);
            WriteOptional(json, "breaker_state", record.BreakerState?.ToLabel());
            json.WriteString("correlation_id"u8, record.CorrelationId);
            WriteOptional(json, "trace_id", Activity.Current?.TraceId.ToHexString());
            json.WriteEndObject();
        }

        line.Write("\n"u8);
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
