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
    private Http1Origin? _origin;
    private Http1Connection? _connection;   // until the body has been read
    private AnswerBody? _body;              // made when somebody asks for it

    public override bool IsPlain => isPlain;

    public override long? Length => length.Bytes;

    public bool IsChunked => length.IsChunked;

    /// <summary>Says where the body comes from, before anybody asks for it.</summary>
    public void ReadFrom(Http1Origin origin, Http1Connection connection) => (_origin, _connection) = (origin, connection);

    public override bool TryRead(Span<byte> destination)
    {
        if (_body is not null || _connection is not { } connection || Length != destination.Length || connection.Unread.Length < destination.Length)
        {
            return false;
        }

        connection.Unread[..destination.Length].CopyTo(destination);
        connection.Advance(destination.Length);
        Finish();
        return true;
    }

    /// <summary>Lets go of the connection: the body has been read to its end.</summary>
    public void Finish()
    {
        var connection = _connection!;
        _connection = null;
        if (isLast)
        {
            connection.Dispose();
        }
        else
        {
            _origin!.Keep(connection, keptFor);
        }
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Body;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(Body);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Body.CopyToAsync(stream);

    private AnswerBody Body => _body ??= new(_connection!, this);

    protected override bool TryComputeLength(out long length)
    {
        length = Length ?? 0;
        return Length is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is not null)
        {
            Body.Dispose();
        }

        base.Dispose(disposing);
    }
}
