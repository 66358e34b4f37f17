using System.Diagnostics.Metrics;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>Does to a breaker what an operator asks for, and sees to it that everybody can know.</summary>
internal sealed partial class BreakerOperator
{
    private readonly TimeProvider _time;
    private readonly ILogger<BreakerOperator> _logger;
    private readonly SeriesTable _actions = new("breaker", "action");

    public BreakerOperator(IMeterFactory meters, TimeProvider time, ILogger<BreakerOperator> logger)
    {
        _time = time;
        _logger = logger;
        meters.Create(TelemetryRegistration.MeterName).CreateObservableCounter(
            "gateway.breaker.operator_actions", _actions.Read, null, "What operators told breakers to do.");
    }

    public void Declare(GatewayPlan plan) =>
        _actions.Declare(plan.Breakers.Keys.SelectMany(breaker => OperatorVerbExtensions.All.Select(verb => (breaker, verb.ToLabel(), ""))));

    /// <param name="guard">The breaker.</param>
    /// <param name="verb">What to do.</param>
    /// <param name="length">For how long; null for what happens at once.</param>
    /// <param name="reason">Why.</param>
    public void Act(Guard guard, OperatorVerb verb, TimeSpan? length, string reason)
    {
        var breaker = guard.Breaker;
        guard.Remember(new OperatorAction(_time.GetUtcNow(), verb, reason, length));
        _actions.Increment(breaker.Name, verb.ToLabel());
        if (verb.ToMode() is { } mode)
        {
            Log.Overridden(_logger, breaker.Name, mode, length!.Value, reason);   // first the cause, then the transition
            breaker.Override(mode, length.Value, reason);
        }
        else
        {
            Log.Reset(_logger, breaker.Name, reason);
            breaker.Reset();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 304, EventName = "CircuitOverridden", Level = LogLevel.Warning,
            Message = "An operator has circuit {Breaker} be {Mode} for {Length}: {Reason}")]
        public static partial void Overridden(ILogger logger, string breaker, EventGateway.CircuitBreaking.CircuitMode mode, TimeSpan length, string reason);

        [LoggerMessage(EventId = 305, EventName = "CircuitReset", Level = LogLevel.Warning, Message = "An operator has reset circuit {Breaker}: {Reason}")]
        public static partial void Reset(ILogger logger, string breaker, string reason);
    }
}
