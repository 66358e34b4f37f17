using System.Security.Cryptography;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry.Tracing;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Retries;

/// <summary>One call and the attempts at it: whether another one is worth making, when, and where.</summary>
internal sealed class RetriedCall
{
    private const int DrawSteps = 1_000;

    private readonly Retrying _shared;
    private readonly RequestRecord _record;
    private readonly RetryPlan _plan;
    private readonly RetryBudget _budget;
    private readonly List<DestinationState> _tried = new(capacity: 1);
    private int _attempt = 1;
    private RetryReason? _next;   // set while another attempt is going to be made

    public RetriedCall(Retrying shared, RequestRecord record, RetryPlan plan, RetryBudget budget)
    {
        (_shared, _record, _plan, _budget) = (shared, record, plan, budget);
        budget.CountCall();
    }

    /// <summary>Another attempt is going to be made.</summary>
    public bool GoesOn => _next is not null;

    /// <summary>
    /// Whether to ask again instead of taking this answer. An upstream that says when to come back is believed: who comes before that is turned
    /// away again.
    /// </summary>
    public bool TryAfter(HttpResponseMessage answer, Guard? guard) =>
        _plan.Statuses?.Contains((int)answer.StatusCode) == true
        && !(RetryAfter.Of(answer, _shared.Time) > _plan.MaxDelay)
        && TryTake(RetryReason.Status, guard);

    /// <summary>Whether to try again after an attempt that failed for this cause before any answer.</summary>
    public bool TryAfter(CallCause cause, Guard? guard) => cause is CallCause.Connect or CallCause.Transport && TryTake(RetryReason.Connect, guard);

    /// <summary>Waits for the moment of the next attempt, which begins with it.</summary>
    /// <exception cref="OperationCanceledException">Nobody needs it any more, or its time is over; there is none.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var reason = _next!.Value;
        _next = null;
        var wait = _plan.WaitBefore(++_attempt, RandomNumberGenerator.GetInt32(1, DrawSteps + 1) / (double)DrawSteps);
        cancellationToken.ThrowIfCancellationRequested();
        await Task.Delay(wait, _shared.Time, cancellationToken);
        _shared.Retried(_record, reason);
        RetryEvents.Retried(_attempt, reason, wait);
    }

    /// <summary>Where the last attempt went; null where it went nowhere.</summary>
    public void Tried(DestinationState? destination)
    {
        if (destination is not null)
        {
            _tried.Add(destination);
        }
    }

    /// <summary>Those of <paramref name="available"/> that haven't been tried; all of them where none is left.</summary>
    public IReadOnlyList<DestinationState> Others(IReadOnlyList<DestinationState> available)
    {
        if (_tried.Count == 0 || available.Count == 1)
        {
            return available;
        }

        var others = available.Except(_tried).ToList();
        return others.Count > 0 ? others : available;
    }

    // The breaker has heard of the failure by now. One that would refuse the call, or for which it would be a probe, needn't be asked.
    private bool TryTake(RetryReason reason, Guard? guard)
    {
        if (_attempt >= _plan.MaxAttempts
            || guard?.Breaker.State is CircuitState.Open or CircuitState.HalfOpen or CircuitState.ForcedOpen
            || !_budget.TryTake())
        {
            return false;
        }

        _next = reason;
        return true;
    }
}
