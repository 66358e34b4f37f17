using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// The configuration that serves. A new one is taken up as a whole, or not at all; requests in flight end on what they began with.
/// </summary>
internal sealed class LiveConfiguration
{
    private readonly BreakerRegistry _breakers;
    private readonly CallLimiters _limiters;
    private readonly IssuerKeyRegistry _issuers;
    private readonly RequestLimit _requests;
    private readonly RateLimiters _rates;
    private readonly RetryBudgets _retries;
    private readonly AnswerStore _answers;
    private readonly AggregationEndpoints _aggregations;
    private readonly ProxyRoutes _routes;
    private readonly PlanGate _gate;
    private volatile GatewayPlan _current;
    private volatile RejectedConfiguration? _rejected;

    public LiveConfiguration(
        GatewayPlan initial,
        BreakerRegistry breakers,
        CallLimiters limiters,
        IssuerKeyRegistry issuers,
        RequestLimit requests,
        RateLimiters rates,
        RetryBudgets retries,
        AnswerStore answers,
        AggregationEndpoints aggregations,
        ProxyRoutes routes,
        PlanGate gate)
    {
        _current = initial;
        _breakers = breakers;
        _limiters = limiters;
        _issuers = issuers;
        _requests = requests;
        _rates = rates;
        _retries = retries;
        _answers = answers;
        _aggregations = aggregations;
        _routes = routes;
        _gate = gate;
        _breakers.Add(initial);
        ApplyLimits(initial);
        _aggregations.Prepare(initial);
    }

    /// <summary>Told about every plan after it has been taken up; not about the first.</summary>
    public event Action<GatewayPlan>? Applied;

    public GatewayPlan Current => _current;

    /// <summary>The last configuration that was refused, until one is taken up.</summary>
    public RejectedConfiguration? Rejected => _rejected;

    /// <summary>
    /// Called by one thread at a time. Throws what YARP says when it refuses, after everything has gone back; where it refuses that, too,
    /// an <see cref="AggregateException"/> of both, the first refusal first.
    /// </summary>
    public async Task ApplyAsync(GatewayPlan plan)
    {
        await _gate.CloseAsync();
        try
        {
            await TakeUpAsync(plan);
            _current = plan;
            _rejected = null;
            Applied?.Invoke(plan);   // before the first request that the plan serves
        }
        finally
        {
            _gate.Open();
        }
    }

    public void Reject(RejectedConfiguration rejected) => _rejected = rejected;

    /// <summary>The file on disk is again what serves.</summary>
    public void Confirm() => _rejected = null;

    private async Task TakeUpAsync(GatewayPlan plan)
    {
        _breakers.Add(plan);
        _aggregations.Prepare(plan);
        try
        {
            // The router rebuilds itself when YARP announces its routes, and sees the new aggregations in the same step.
            await _routes.ApplyAsync(plan);
        }
        catch (Exception refusal)
        {
            await GoBackAsync(refusal);
            throw;
        }

        _aggregations.Announce();
        _breakers.Settle(plan);
        ApplyLimits(plan);
    }

    private void ApplyLimits(GatewayPlan plan)
    {
        _limiters.Apply(plan);
        _issuers.Apply(plan);
        _requests.Apply(plan);
        _rates.Apply(plan);
        _retries.Apply(plan);
        _answers.Apply(plan);
    }

    private async Task GoBackAsync(Exception refusal)
    {
        try
        {
            _aggregations.Prepare(_current);
            await _routes.ApplyAsync(_current);
        }
        catch (Exception e)
        {
            throw new AggregateException(refusal, e);
        }
        finally
        {
            _breakers.Prune(_current);
        }
    }
}

/// <summary>A configuration that was not taken up, and everything that is wrong with it.</summary>
internal sealed record RejectedConfiguration(DateTimeOffset Since, IReadOnlyList<string> Problems);
