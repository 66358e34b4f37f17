using System.Buffers;
using System.IO.Pipelines;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Says that all of a request's body has come, and is fine. It stays in the connection's own buffer until a call takes it: one that is refused has
/// cost no copy.
/// </summary>
/// <param name="idOffset">Where an id belongs, or -1 if there is one.</param>
/// <param name="ids">Gives the id.</param>
internal sealed class CheckedBody(int idOffset, EventIdGenerator ids)
{
    /// <summary>The body as the upstream is to have it. Only once.</summary>
    public async ValueTask<byte[]> TakeAsync(PipeReader reader)
    {
        var read = await reader.ReadAsync(CancellationToken.None);   // waits for nothing
        var body = idOffset < 0 ? read.Buffer.ToArray() : NewEventBody.InsertId(Whole(read.Buffer), idOffset, ids.Next());
        reader.AdvanceTo(read.Buffer.End);
        return body;
    }

    /// <summary>In one piece, as it came or else copied.</summary>
    public static ReadOnlySpan<byte> Whole(ReadOnlySequence<byte> body) => body.IsSingleSegment ? body.FirstSpan : body.ToArray();
}
