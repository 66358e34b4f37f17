namespace EventGateway.Comparison.Scenarios;

/// <summary>How much time a run takes over each scenario.</summary>
/// <param name="WarmUp">How long each peer is used before anything counts: .NET's code costs twice as much before it is compiled with what it has seen.</param>
/// <param name="MaxRounds">At most so many rounds; each has two visits.</param>
/// <param name="TimeRounds">Rounds with requests at a constant rate.</param>
/// <param name="IsQuick">Only the peers that matter most.</param>
internal sealed record Pace(TimeSpan WarmUp, int MaxRounds, int TimeRounds, bool IsQuick)
{
    public static Pace Quick { get; } = new(TimeSpan.FromSeconds(3), 3, 1, true);

    public static Pace Full { get; } = new(TimeSpan.FromSeconds(6), int.MaxValue, 3, false);
}
