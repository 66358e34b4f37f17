using EventGateway.CircuitBreaking;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>What an operator has told a breaker to do.</summary>
/// <param name="At">Wall time.</param>
/// <param name="Verb">What.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="Length">For how long; null for what happens at once.</param>
internal sealed record OperatorAction(DateTimeOffset At, OperatorVerb Verb, string Reason, TimeSpan? Length);

internal enum OperatorVerb
{
    ForceOpen,
    Disable,
    MetricsOnly,
    Reset,
}

internal static class OperatorVerbExtensions
{
    public static OperatorVerb[] All { get; } = Enum.GetValues<OperatorVerb>();

    /// <summary>The mode that holds for a while; null for what happens at once.</summary>
    public static CircuitMode? ToMode(this OperatorVerb verb) => verb switch
    {
        OperatorVerb.ForceOpen => CircuitMode.ForcedOpen,
        OperatorVerb.Disable => CircuitMode.Disabled,
        OperatorVerb.MetricsOnly => CircuitMode.MetricsOnly,
        OperatorVerb.Reset => null,
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, null),
    };

    /// <summary>As it is spelled in paths and on the command line.</summary>
    public static string ToWord(this OperatorVerb verb) => verb switch
    {
        OperatorVerb.ForceOpen => "force-open",
        OperatorVerb.Disable => "disable",
        OperatorVerb.MetricsOnly => "metrics-only",
        OperatorVerb.Reset => "reset",
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, null),
    };
}
