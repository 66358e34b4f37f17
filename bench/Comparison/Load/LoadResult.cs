namespace EventGateway.Comparison.Load;

/// <summary>What a client saw.</summary>
/// <param name="capacity">About how many answers are expected.</param>
internal sealed class LoadResult(int capacity)
{
    /// <summary>How long each answer took.</summary>
    public List<TimeSpan> Times { get; } = new(capacity);

    /// <summary>Answers with another status than was expected.</summary>
    public int Unexpected { get; private set; }

    /// <summary>Connections that the server ended.</summary>
    public int Reconnects { get; set; }

    /// <summary>From the first request to the last answer.</summary>
    public TimeSpan Duration { get; set; }

    public void Add(TimeSpan took, bool expected)
    {
        Times.Add(took);
        Unexpected += expected ? 0 : 1;
    }
}
