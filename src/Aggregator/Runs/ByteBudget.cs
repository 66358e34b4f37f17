namespace EventGateway.Aggregator;

/// <summary>How many more bytes the parts of one request may hold.</summary>
internal sealed class ByteBudget(long total) : IByteBudget
{
    private long _left = total;

    public bool TryTake(long bytes)
    {
        // Not add and undo: in between, a small part would see a large one's debt and fail for it.
        var left = Volatile.Read(ref _left);
        while (left >= bytes)
        {
            var seen = Interlocked.CompareExchange(ref _left, left - bytes, left);
            if (seen == left)
            {
                return true;
            }

            left = seen;
        }

        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _left, bytes);
}
