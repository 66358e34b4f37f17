namespace EventGateway.Aggregator;

/// <summary>Reads and decodes one body into its buffer, and stops at the limits.</summary>
internal static class BodyReader
{
    /// <summary>
    /// <see cref="PartOutcome.Success"/>, <see cref="PartOutcome.TooLarge"/>, <see cref="PartOutcome.BadEncoding"/>
    /// or <see cref="PartOutcome.Body"/>.
    /// </summary>
    /// <param name="content">The body.</param>
    /// <param name="coding">How it is encoded.</param>
    /// <param name="length">Its bytes, decoded; <see langword="null"/> where only its end tells.</param>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static ValueTask<PartOutcome> ReadAsync(
        HttpContent content, BodyCoding coding, long? length, PartBuffer buffer, CancellationToken cancellationToken)
    {
        if (length is { } known)
        {
            if (!buffer.TryReserve(known))
            {
                return new(PartOutcome.TooLarge);
            }

            if (content is UpstreamContent come && come.TryRead(buffer.GetFree().Span[..(int)known]))
            {
                return new(buffer.TryKeep((int)known) ? PartOutcome.Success : PartOutcome.TooLarge);
            }
        }

        return ReadStreamAsync(content, coding, length, buffer, cancellationToken);
    }

    private static async ValueTask<PartOutcome> ReadStreamAsync(
        HttpContent content, BodyCoding coding, long? length, PartBuffer buffer, CancellationToken cancellationToken)
    {
#pragma warning disable CA1849 // the client's stream is there with the headers: nothing blocks, and no task is made
        await using var body = coding.Decode(content.ReadAsStream(cancellationToken));
#pragma warning restore CA1849
        while (true)
        {
            int read;
            try
            {
                read = await body.ReadAsync(buffer.GetFree(), cancellationToken);
            }
            catch (Exception broken) when (coding != BodyCoding.Identity && broken is InvalidDataException or InvalidOperationException)
            {
                return PartOutcome.BadEncoding;
            }

            if (read == 0)
            {
                return buffer.Length == (length ?? buffer.Length) ? PartOutcome.Success : PartOutcome.Body;
            }

            if (!buffer.TryKeep(read))
            {
                return PartOutcome.TooLarge;
            }
        }
    }
}
