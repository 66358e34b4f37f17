using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Limits;

/// <summary>How many requests the gateway serves at once, if there is a limit. After an edit, those that wait or are served end as they began.</summary>
internal sealed class RequestLimit(TimeProvider time)
{
    private volatile CallLimiter? _limiter;

    /// <summary>Called with every wait, when it is over.</summary>
    public event Action<TimeSpan>? Waited;

    /// <summary>Null: no limit.</summary>
    public CallLimiter? Limiter => _limiter;

    /// <summary>One caller at a time.</summary>
    internal void Apply(GatewayPlan plan)
    {
        if (CallLimitPlan.Of(plan.Options.Limits) is not { } limit)
        {
            _limiter = null;
        }
        else if (_limiter is { } limiter)
        {
            limiter.Update(limit);
        }
        else
        {
            _limiter = new CallLimiter("", limit, time, (_, wait) => Waited?.Invoke(wait));
        }
    }
}
