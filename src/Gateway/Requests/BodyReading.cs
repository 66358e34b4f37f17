using System.IO.Pipelines;

namespace EventGateway.Gateway.Requests;

internal static class BodyReading
{
    /// <summary>Reads what the client has sent, as <see cref="PipeReader.ReadAsync"/> does; no answer is one that was cancelled.</summary>
    public static ValueTask<ReadResult> ReadFromClientAsync(this PipeReader body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (body.TryRead(out var read))
        {
            if (!read.IsCanceled)
            {
                return new(read);   // as a small body comes, with its head: nobody waits, and nothing has to be able to end the waiting
            }

            body.AdvanceTo(read.Buffer.Start);
        }

        return WaitForClientAsync(body, cancellationToken);
    }

    private static async ValueTask<ReadResult> WaitForClientAsync(PipeReader body, CancellationToken cancellationToken)
    {
        // A read of Kestrel's that the token ends by itself counts as going on for ever after: the rest of the body couldn't be drained.
        await using var cancelling = cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), body);
        while (true)
        {
            var read = await body.ReadAsync(CancellationToken.None);
            if (!read.IsCanceled)
            {
                return read;
            }

            body.AdvanceTo(read.Buffer.Start);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
