using System.Collections.Frozen;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>A validated breaker: the settings of its state machine, and which answers it takes for failures.</summary>
public sealed record BreakerPlan(CircuitBreakerOptions Settings, StatusSet FailureStatuses)
{
    /// <summary>How long it refuses calls after it has opened for the first time.</summary>
    public TimeSpan FirstWait => Settings.ResetTimeout;

    /// <summary>How long it refuses calls at most.</summary>
    public TimeSpan LongestWait => Settings.MaxResetTimeout;

    internal static FrozenDictionary<string, BreakerPlan> CompileAll(
        IReadOnlyDictionary<string, BreakerOptions> breakers, SettingsNode root, ProblemList problems)
    {
        var plans = new Dictionary<string, BreakerPlan>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, options) in breakers)
        {
            if (StatusSet.TryParse(options.FailureStatuses, out var statuses))
            {
                plans[name] = new BreakerPlan(options, statuses);
            }
            else
            {
                problems.Error(
                    root.Find("CircuitBreakers", name, nameof(BreakerOptions.FailureStatuses))!,
                    $"'{options.FailureStatuses}' is no list of statuses and ranges from 100 to 599, as in \"429, 500-599\".");
            }
        }

        return plans.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
