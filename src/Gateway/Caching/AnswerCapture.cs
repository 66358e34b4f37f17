using System.Buffers;

namespace EventGateway.Gateway.Caching;

/// <summary>
/// Stands between what answers and the client. With the first byte, when status and headers are what they are going to be, it asks what
/// is to become of the answer.
/// </summary>
/// <param name="client">Where bytes go that are the client's.</param>
/// <param name="decide">Asked once.</param>
/// <param name="outgrown">Called when a streamed body has become too large to be kept.</param>
/// <param name="most">Bytes of the largest body that is kept.</param>
internal sealed class AnswerCapture(Stream client, Func<Fate> decide, Action outgrown, int most) : ForwardOnlyStream
{
    private readonly ArrayBufferWriter<byte> _kept = new();

    public Fate Fate { get; private set; }

    public override bool CanWrite => true;

    /// <summary>Whether the client takes what comes more slowly than it comes.</summary>
    public bool WaitsForClient { get; private set; }

    public ReadOnlyMemory<byte> Kept => _kept.WrittenMemory;

    /// <summary>Has the answer judged that has no body.</summary>
    public void Decide()
    {
        if (Fate == Fate.Undecided)
        {
            Fate = decide();
        }
    }

    /// <summary>Nobody is to get it after all, as long as nobody has.</summary>
    public void Drop() => Fate = Fate.Dropped;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Keep(buffer.Span);
        if (Fate is Fate.Passed or Fate.Streamed)
        {
            WaitsForClient = true;
            await client.WriteAsync(buffer, cancellationToken);
            WaitsForClient = false;
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Keep(buffer.AsSpan(offset, count));
        if (Fate is Fate.Passed or Fate.Streamed)
        {
            client.Write(buffer, offset, count);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Decide();
        return Fate is Fate.Passed or Fate.Streamed ? client.FlushAsync(cancellationToken) : Task.CompletedTask;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        Decide();
        if (Fate == Fate.Streamed && _kept.WrittenCount + (long)bytes.Length > most)
        {
            Fate = Fate.Passed;
            _kept.Clear();
            outgrown();
        }

        if (Fate is Fate.Held or Fate.Streamed)
        {
            _kept.Write(bytes);
        }
    }
}

/// <summary>What becomes of an answer.</summary>
internal enum Fate
{
    /// <summary>It hasn't begun.</summary>
    Undecided,

    /// <summary>It is the client's, and nobody keeps it.</summary>
    Passed,

    /// <summary>Its length is known and small: it is kept first, and then served like any that is kept.</summary>
    Held,

    /// <summary>Nobody knows when it ends: the client gets it as it comes, and it is kept when it has ended.</summary>
    Streamed,

    /// <summary>Nobody gets it: an older one serves in its place.</summary>
    Dropped,
}
