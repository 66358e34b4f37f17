namespace EventGateway.Comparison.Results;

/// <summary>What was asked of a figure, and what it is.</summary>
/// <param name="What">The figure.</param>
/// <param name="Value">What it is.</param>
/// <param name="Must">What it must not exceed; null where nothing is asked but the aim.</param>
/// <param name="Aim">What it should not exceed.</param>
internal sealed record Verdict(string What, double Value, double? Must, double? Aim)
{
    public string Outcome => (Value <= Must, Value <= Aim) switch
    {
        (_, true) => "aim reached",
        (true, _) => "ok",
        _ when Must is null => "aim missed",
        _ => "missed",
    };
}
