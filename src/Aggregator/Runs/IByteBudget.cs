namespace EventGateway.Aggregator;

/// <summary>How many more bytes may be held: by the parts of one request, or by a call that several requests wait for.</summary>
internal interface IByteBudget
{
    /// <summary>Takes all of the bytes, or none when there aren't that many left.</summary>
    bool TryTake(long bytes);

    void GiveBack(long bytes);
}
