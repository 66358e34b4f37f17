using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Retries;

/// <summary>The living budgets, by policy.</summary>
internal sealed class RetryBudgets(TimeProvider time) : LivingByName<RetryPlan, RetryBudget>
{
    internal void Apply(GatewayPlan plan) => Apply(plan.Retries);

    protected override RetryBudget Create(string name, RetryPlan plan) => new(plan, time);

    protected override void Update(RetryBudget living, RetryPlan plan) => living.Update(plan);
}
