using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace EventGateway.Gateway.Tests;

/// <summary>Takes the access log in place of standard output, and hands out its lines as they come.</summary>
internal sealed class LogOutput : Stream
{
    private readonly Channel<JsonNode> _lines = Channel.CreateUnbounded<JsonNode>();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The next line; waits until one is written.</summary>
    public ValueTask<JsonNode> NextAsync() => _lines.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public override void Write(byte[] buffer, int offset, int count)
    {
        foreach (var line in Encoding.UTF8.GetString(buffer, offset, count).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _lines.Writer.TryWrite(JsonNode.Parse(line)!);
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
