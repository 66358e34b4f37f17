using System.Collections.Frozen;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Retries;

/// <summary>A policy of <c>RetryPolicies</c>, compiled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MaxAttempts">Attempts at one call, the first one included.</param>
/// <param name="Statuses">Answers after which the upstream is asked again; null for none.</param>
/// <param name="BaseDelay">The longest wait before the second attempt.</param>
/// <param name="MaxDelay">The longest wait before any.</param>
/// <param name="Budget">Retries within the window, as a share of its calls.</param>
/// <param name="BudgetWindow">The window.</param>
/// <param name="MinRetries">Retries within it, however few calls there are.</param>
public sealed record RetryPlan(
    string Name, int MaxAttempts, StatusSet? Statuses, TimeSpan BaseDelay, TimeSpan MaxDelay, double Budget, TimeSpan BudgetWindow, int MinRetries)
{
    private const int FirstServerError = 500;

    /// <summary>How long to wait before this attempt; the whole wait is drawn (full jitter), so that those that failed together don't come back together.</summary>
    /// <param name="attempt">2 for the first retry.</param>
    /// <param name="draw">Random, from 0 to 1.</param>
    public TimeSpan WaitBefore(int attempt, double draw) => TimeSpan.FromTicks((long)(draw * Math.Min(MaxDelay.Ticks, BaseDelay.Ticks << (attempt - 2))));

    internal static FrozenDictionary<string, RetryPlan> CompileAll(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var plans = new Dictionary<string, RetryPlan>();
        foreach (var (name, policy) in options.RetryPolicies)
        {
            var node = root.Find(nameof(options.RetryPolicies), name)!;
            var statuses = ReadStatuses(policy, node, problems);
            if (policy.BaseDelay > policy.MaxDelay && node.Misread == Misread.Nothing)
            {
                problems.Error(
                    [node.PlaceOf(nameof(policy.BaseDelay)), node.PlaceOf(nameof(policy.MaxDelay))],
                    $"BaseDelay ({policy.BaseDelay}) is longer than MaxDelay ({policy.MaxDelay}).");
            }

            if (policy is { Budget: 0, MinRetries: 0 })
            {
                problems.Warn(node.PlaceOf(nameof(policy.Budget)), "without a budget and without MinRetries nothing is ever tried again.");
            }

            plans[name] = new(
                name, policy.MaxAttempts, statuses, policy.BaseDelay, policy.MaxDelay, policy.Budget, policy.BudgetWindow, policy.MinRetries);
        }

        return plans.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    // Any other answer would be the same the next time, or is one.
    private static StatusSet? ReadStatuses(RetryPolicyOptions policy, SettingsNode node, ProblemList problems)
    {
        if (string.IsNullOrWhiteSpace(policy.Statuses))
        {
            return null;
        }

        if (!StatusSet.TryParse(policy.Statuses, out var statuses) || Enumerable.Range(0, FirstServerError).Any(statuses.Contains))
        {
            problems.Error(node[nameof(policy.Statuses)]!, $"'{policy.Statuses}' is no list of statuses and ranges from 500 to 599, as in \"500, 502-504\".");
        }

        return statuses;
    }
}
