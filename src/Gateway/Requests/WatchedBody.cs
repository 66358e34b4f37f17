using System.Buffers;
using System.IO.Pipelines;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// A request's body on its way to the upstream. It ends with a 413 once it is longer than <paramref name="limit"/> (Kestrel would count
/// the framing of chunks as well), and notes who waited for whom: the upstream for the client, or the client for the upstream.
/// </summary>
internal sealed class WatchedBody(PipeReader body, long limit, TimeProvider time) : ForwardOnlyStream
{
    private const long Reading = long.MaxValue;   // a moment that never comes

    private long _lastRead;   // timestamp, or Reading; by Volatile, since an answer may come while a read goes on
    private long _length;
    private volatile bool _starved;

    /// <summary>A read was cancelled before the client had sent anything more.</summary>
    public bool Starved => _starved;

    /// <summary>
    /// Timestamp since which nobody has waited for the client: the end of the body, once it has come. 0 before the first read,
    /// null during one.
    /// </summary>
    public long? LastRead => Volatile.Read(ref _lastRead) is var last and not Reading ? last : null;

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                Volatile.Write(ref _lastRead, Reading);
                var read = await body.ReadFromClientAsync(cancellationToken);
                Volatile.Write(ref _lastRead, time.GetTimestamp());
                var taken = read.Buffer.Slice(0, Math.Min(buffer.Length, read.Buffer.Length));
                var count = (int)taken.Length;
                taken.CopyTo(buffer.Span);
                body.AdvanceTo(taken.End);
                _length += count;
                if (_length > limit)
                {
                    throw new BadHttpRequestException("The body is too long.", StatusCodes.Status413PayloadTooLarge);
                }

                if (count > 0 || read.IsCompleted || buffer.IsEmpty)
                {
                    return count;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _starved = true;
            throw;
        }
    }
}
