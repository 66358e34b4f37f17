namespace EventGateway.Aggregator;

/// <summary>
/// What the answer is made of: one step (in JSON <c>"event"</c>), or an object of steps
/// (<c>{ "user": "user", "events": "event" }</c>). Exactly one of the two is set.
/// </summary>
public sealed class OutputOptions
{
    /// <summary>The step whose answer, or array of answers, is the whole output. Default: none.</summary>
    public string? Step { get; set; }

    /// <summary>Member names and the step behind each, in the order in which they are written. Default: none.</summary>
    public Dictionary<string, string> Members { get; set; } = [];

    /// <summary>The output that is one step: what <c>"Output": "event"</c> means.</summary>
    public static OutputOptions Of(string step) => new() { Step = step };
}
