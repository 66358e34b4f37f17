namespace EventGateway.Aggregator;

/// <summary>
/// The body of an answer for which an upstream may say that there is nothing to look for in the headers. To find none of the nine that an aggregation asks for took as long
/// as half of what else it does with an answer.
/// </summary>
public abstract class UpstreamContent : HttpContent
{
    /// <summary>Whether no header says anything of coding, of caching or of another charset than UTF-8, and the framing is sound.</summary>
    public abstract bool IsPlain { get; }

    /// <summary>Bytes of the body; <see langword="null"/> where only its end tells.</summary>
    public abstract long? Length { get; }

    /// <summary>
    /// Reads a body whose <see cref="Length"/> is known, once, where all of it has come already; false where it has to be read from the stream. A stream and the two waits of a read
    /// and of its end are a hundredth of what an aggregation of ten takes.
    /// </summary>
    /// <param name="destination">As long as the body.</param>
    public abstract bool TryRead(Span<byte> destination);
}
