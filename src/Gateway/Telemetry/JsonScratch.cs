using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventGateway.Gateway.Telemetry;

/// <summary>
/// A JSON writer and its buffer, one for each thread, for short texts that are written in one go and then copied to where they belong. A writer of its own
/// for each text takes 4 kB at once, however short the text is.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its writer lives as long as its thread, and holds nothing but memory.")]
internal sealed class JsonScratch
{
    private const int Size = 4 * 1024;
    private const int MostKept = 64 * 1024;

    // The texts are JSON and say so; escaping apostrophes, as if they were to be put into a page, only makes them hard to read.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static JsonScratch? _ofThread;

    private readonly ArrayBufferWriter<byte> _buffer = new(Size);
    private readonly Utf8JsonWriter _writer;

    private JsonScratch() => _writer = new Utf8JsonWriter(_buffer, Options);

    /// <summary>What was written, until the thread's next <see cref="Begin"/>: nothing may be awaited before it is copied.</summary>
    public ReadOnlySpan<byte> Written
    {
        get
        {
            _writer.Flush();
            return _buffer.WrittenSpan;
        }
    }

    /// <summary>Begins a text.</summary>
    public static JsonScratch Begin(out Utf8JsonWriter json)
    {
        var scratch = _ofThread is { _buffer.Capacity: <= MostKept } kept ? kept : _ofThread = new JsonScratch();
        scratch._buffer.ResetWrittenCount();
        scratch._writer.Reset();
        json = scratch._writer;
        return scratch;
    }
}
