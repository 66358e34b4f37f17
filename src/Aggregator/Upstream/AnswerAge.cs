namespace EventGateway.Aggregator;

/// <summary>How old an answer is when it comes (RFC 9111 §4.2.3).</summary>
public static class AnswerAge
{
    // A date has whole seconds, and the way takes a moment: what was made just now may look a second old.
    private static readonly TimeSpan Blur = TimeSpan.FromSeconds(2);

    /// <param name="said">Its <c>Age</c>, where it has one.</param>
    /// <param name="date">Its <c>Date</c>, where it has one.</param>
    /// <param name="now">When it came.</param>
    public static TimeSpan Of(TimeSpan? said, DateTimeOffset? date, DateTimeOffset now)
    {
        var apparent = TimeSpan.FromSeconds(Math.Floor(((now - date) ?? TimeSpan.Zero).TotalSeconds));
        var age = said ?? TimeSpan.Zero;
        return apparent >= Blur && apparent > age ? apparent : age;
    }
}
