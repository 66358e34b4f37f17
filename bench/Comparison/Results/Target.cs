namespace EventGateway.Comparison.Results;

/// <summary>A figure of a scenario with a limit.</summary>
/// <param name="What">The figure, for people.</param>
/// <param name="Value">Finds it in the result; null where a peer for it is missing.</param>
/// <param name="Must">What it must not exceed.</param>
/// <param name="Aim">What it should not exceed.</param>
internal sealed record Target(string What, Func<ScenarioResult, double?> Value, double? Must, double? Aim)
{
    /// <summary>Processor time per request of one peer against that of another.</summary>
    public static Target Processor(string peer, string against, double must, double? aim) =>
        new($"CPU of {peer} against {against}", result => (result.Find(peer), result.Find(against)) is ({ } one, { } other) ? ScenarioResult.ProcessorRatio(one, other).Median : null, must, aim);

    /// <summary>Bytes that a peer allocates per request, or per event where a request has <paramref name="events"/>.</summary>
    public static Target Allocated(string peer, double must, double? aim, int events = 1) =>
        new($"bytes allocated by {peer} per {(events > 1 ? "event" : "request")}", result => result.Find(peer)?.AllocatedPerRequest / events, must, aim);

    public Verdict? Judge(ScenarioResult result) => Value(result) is { } value ? new Verdict(What, value, Must, Aim) : null;
}
