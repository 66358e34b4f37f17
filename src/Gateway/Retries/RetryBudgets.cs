using System.Collections.Concurrent;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Retries;

/// <summary>The living budgets, by policy.</summary>
internal sealed class RetryBudgets(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RetryBudget> _budgets = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<RetryBudget> All => _budgets.Values;

    /// <summary>Null where the policy has gone since the request came.</summary>
    public RetryBudget? Find(string policy) => _budgets.GetValueOrDefault(policy);

    /// <summary>Adds what is new, updates what has changed, forgets what is gone. One caller at a time.</summary>
    internal void Apply(GatewayPlan plan)
    {
        foreach (var policy in _budgets.Keys.Where(policy => !plan.Retries.ContainsKey(policy)))
        {
            _budgets.TryRemove(policy, out _);
        }

        foreach (var (policy, retries) in plan.Retries)
        {
            _budgets.GetOrAdd(policy, static (_, create) => new RetryBudget(create.retries, create.time), (retries, time)).Update(retries);
        }
    }
}
