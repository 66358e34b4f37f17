using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Threading.Channels;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Telemetry;

/// <summary>
/// One JSON line per request, written by a background loop: a slow or broken standard output makes lines drop, never requests wait.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "Standard output belongs to the process.")]
internal sealed class AccessLog : IHostedService
{
    internal const int QueueLength = 8_192;

    private const int BatchBytes = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly Channel<ArraySegment<byte>> _lines;
    private long _dropped;   // by Interlocked
    private Task _writing = Task.CompletedTask;
    private volatile bool _enabled = true;

    public AccessLog(Stream output, TimeProvider time)
    {
        _output = output;
        _time = time;
        _lines = Channel.CreateBounded<ArraySegment<byte>>(
            new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped =>
            {
                Interlocked.Increment(ref _dropped);
                ArrayPool<byte>.Shared.Return(dropped.Array!);
            });
    }

    /// <summary>Whether lines are written at all; changes with the configuration.</summary>
    public bool Enabled
    {
        get => _enabled;
        set => _enabled = value;
    }

    /// <summary>Lines that were lost because the output didn't take them, or too slowly.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(HttpContext context, RequestRecord record, TimeSpan took)
    {
        if (Enabled)
        {
            var text = Format(context, record, took);
            var line = ArrayPool<byte>.Shared.Rent(text.Length + 1);
            text.CopyTo(line);
            line[text.Length] = (byte)'\n';
            if (!_lines.Writer.TryWrite(new(line, 0, text.Length + 1)))
            {
                ArrayPool<byte>.Shared.Return(line);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.Run(WriteLinesAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _lines.Writer.TryComplete();

        // An output that stands still doesn't keep the process from ending.
        await _writing.WaitAsync(Patience, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteLinesAsync()
    {
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (await _lines.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var count = 0;
            while (batch.WrittenCount < BatchBytes && _lines.Reader.TryRead(out var line))
            {
                batch.Write(line);
                ArrayPool<byte>.Shared.Return(line.Array!);
                count++;
            }

            try
            {
                await _output.WriteAsync(batch.WrittenMemory, CancellationToken.None);
                await _output.FlushAsync(CancellationToken.None);
            }
            catch (Exception)
            {
                // Usually a pipe that nobody reads any more, or a full disk. Whatever it is: the gateway goes on, and tries with the next lines.
                Interlocked.Add(ref _dropped, count);
            }

            batch.ResetWrittenCount();
        }
    }

    private ReadOnlySpan<byte> Format(HttpContext context, RequestRecord record, TimeSpan took)
    {
        var line = JsonScratch.Begin(out var json);
        json.WriteStartObject();
        json.WriteString("timestamp"u8, _time.GetUtcNow().UtcDateTime);
        json.WriteString("type"u8, "access"u8);
        json.WriteString("method"u8, context.Request.Method);
        json.WriteString("path"u8, RawPath.Of(context));
        json.WriteString("route"u8, record.Route);
        WriteOptional(json, "version", record.Version?.Name);
        WriteOptional(json, "client", record.Client);
        WriteOptional(json, "cluster", record.Cluster);
        if (record.DestinationId is { } destination)
        {
            json.WriteString("destination"u8, PinnedDestinations.NameOf(destination));
        }
        else
        {
            json.WriteNull("destination"u8);
        }

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

        json.WriteNumber("retries"u8, record.Retries);
        if (record.SharedCalls is > 0 and var shared)
        {
            json.WriteNumber("shared_calls"u8, shared);
        }

        WriteOptional(json, "breaker", record.Breaker);
        WriteOptional(json, "breaker_state", record.BreakerState?.ToLabel());
        WriteOptional(json, "cache", record.Cache?.ToLabel());
        WriteOptional(json, "compressed", record.Coding);
        json.WriteString("correlation_id"u8, record.CorrelationId);
        WriteOptional(json, "trace_id", record.TraceId);
        json.WriteEndObject();
        return line.Written;
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
