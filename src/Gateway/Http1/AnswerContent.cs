using System.Net;
using EventGateway.Aggregator;

namespace EventGateway.Gateway.Http1;

/// <summary>What an answer has behind its head, and what becomes of the connection then.</summary>
/// <param name="length">What the head says of where the body ends.</param>
/// <param name="isPlain">Whether it says nothing else that somebody asks for.</param>
/// <param name="isLast">Whether the connection has no answer after this one.</param>
/// <param name="keptFor">For how long the upstream keeps the connection; <see langword="null"/> where it doesn't say.</param>
internal sealed class AnswerContent(AnswerLength length, bool isPlain, bool isLast, TimeSpan? keptFor) : UpstreamContent
{
    private AnswerBody? _body;

    public override bool IsPlain => isPlain;

    public override long? Length => length.Bytes;

    public bool IsChunked => length.IsChunked;

    public bool IsLast => isLast;

    public TimeSpan? KeptFor => keptFor;

    /// <summary>Says where the body comes from, before anybody asks for it.</summary>
    public void ReadFrom(Http1Origin origin, Http1Connection connection) => _body = new(origin, connection, this);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _body!;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_body!);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body!.CopyToAsync(stream);

    protected override bool TryComputeLength(out long length)
    {
        length = Length ?? 0;
        return Length is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body?.Dispose();
        }

        base.Dispose(disposing);
    }
}
