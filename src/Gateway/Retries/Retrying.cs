using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Retries;

/// <summary>What all calls that may be tried again share.</summary>
internal sealed class Retrying(RetryBudgets budgets, RetryMetrics metrics, TimeProvider time)
{
    public TimeProvider Time { get; } = time;

    /// <summary>Begins a call of a request; null where its route has no policy.</summary>
    public RetriedCall? Begin(RequestRecord record) =>
        record.Policies.Retry is { } plan && budgets.Find(plan.Name) is { } budget ? new RetriedCall(this, record, plan, budget) : null;

    public void Retried(RequestRecord record, RetryReason reason)
    {
        record.CountRetry();
        metrics.Retried(record.Route, reason);
    }
}
