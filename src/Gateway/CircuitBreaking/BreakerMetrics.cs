using System.Diagnostics.Metrics;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>Everything the breakers tell Prometheus, read from them at scrape and so never stale.</summary>
internal sealed class BreakerMetrics
{
    /// <summary>The one gauge that has several series for each breaker.</summary>
    public const string State = "gateway.breaker.state";

    private static readonly CircuitState[] States = Enum.GetValues<CircuitState>();
    private static readonly CallOutcome[] Outcomes = Enum.GetValues<CallOutcome>();

    private readonly BreakerRegistry _breakers;

    public BreakerMetrics(IMeterFactory meters, BreakerRegistry breakers)
    {
        _breakers = breakers;
        var meter = meters.Create(TelemetryRegistration.MeterName);

        meter.CreateObservableGauge(State, CurrentStates, null, "1 for the state the breaker is in, 0 for the others.");
        meter.CreateObservableGauge(
            "gateway.breaker.state_since_timestamp", () => Status(s => s.Since.ToUnixTimeMilliseconds() / 1000.0), "s", "When the state began, in seconds since 1970.");
        meter.CreateObservableGauge("gateway.breaker.retry_after", () => Status(s => s.RetryAfter.TotalSeconds), "s", "Time until the next probe may go.");
        meter.CreateObservableGauge("gateway.breaker.window_failures", () => Status(s => (long)s.WindowFailures), null, "Failures that count at present.");
        meter.CreateObservableGauge("gateway.breaker.window_calls", () => Status(s => s.Window?.Calls), null, "Calls that count at present.");
        meter.CreateObservableGauge("gateway.breaker.failure_ratio", () => Status(s => s.Window?.FailureRatio), null, "Share of failed calls at present.");
        meter.CreateObservableGauge(
            "gateway.breaker.slow_call_ratio", () => Status(s => s.SlowCallRatioThreshold is null ? null : s.Window?.SlowCallRatio), null,
            "Share of slow calls at present.");
        meter.CreateObservableGauge("gateway.breaker.failure_threshold", () => Status(s => (long)s.FailureThreshold), null, "Failures that open the breaker.");
        meter.CreateObservableGauge(
            "gateway.breaker.failure_ratio_threshold", () => Status(s => s.FailureRatioThreshold), null, "Share of failed calls that opens the breaker.");
        meter.CreateObservableGauge(
            "gateway.breaker.slow_call_ratio_threshold", () => Status(s => s.SlowCallRatioThreshold), null, "Share of slow calls that opens the breaker.");
        meter.CreateObservableGauge(
            "gateway.breaker.minimum_calls",
            () => Status(s => s is { FailureRatioThreshold: null, SlowCallRatioThreshold: null } ? (long?)null : s.MinimumCalls), null,
            "Calls that must count before a share of them opens the breaker.");
        meter.CreateObservableGauge("gateway.breaker.backoff_step", () => Status(s => (long)s.BackoffStep), null, "How often it has opened since it was last closed.");
        meter.CreateObservableGauge("gateway.breaker.probes_in_flight", () => Status(s => (long)s.ProbesInFlight), null, "Probes that have not reported yet.");
        meter.CreateObservableGauge(
            "gateway.breaker.override_remaining", () => Status(s => (s.Override?.Remaining ?? TimeSpan.Zero).TotalSeconds), "s",
            "How long an operator's override still holds; 0 without one.");
        meter.CreateObservableCounter("gateway.breaker.transitions", Transitions, null, "Changes of state.");
        meter.CreateObservableCounter("gateway.breaker.calls", Calls, null, "Calls that the breaker let through, by what became of them.");
        meter.CreateObservableCounter("gateway.breaker.rejections", Rejections, null, "Calls that the breaker refused, or would have: metrics_only.");
        meter.CreateObservableCounter("gateway.breaker.late_results", LateResults, null, "Results that came after a transition and changed nothing.");

        var openDuration = meter.CreateHistogram(
            "gateway.breaker.open_duration", "s", "Time that calls were refused, each time the breaker opened.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 40, 60, 120, 300, 600, 1800, 3600] });
        breakers.Transitioned += (breaker, transition) =>
        {
            if (transition is { From: CircuitState.Open, IsSimulated: false })
            {
                openDuration.Record(transition.TimeInPreviousState.TotalSeconds, new KeyValuePair<string, object?>("breaker", breaker.Name));
            }
        };
    }

    private IEnumerable<Measurement<T>> Status<T>(Func<CircuitStatus, T> read)
        where T : struct =>
        _breakers.All.Select(b => new Measurement<T>(read(b.GetStatus()), Tag("breaker", b.Name)));

    // Of the rules for ratios, only of breakers that have them.
    private IEnumerable<Measurement<T>> Status<T>(Func<CircuitStatus, T?> read)
        where T : struct =>
        from breaker in _breakers.All
        let value = read(breaker.GetStatus())
        where value is not null
        select new Measurement<T>(value.Value, Tag("breaker", breaker.Name));

    private IEnumerable<Measurement<long>> CurrentStates() =>
        from breaker in _breakers.All
        let current = breaker.State
        from state in States
        select new Measurement<long>(state == current ? 1 : 0, Tag("breaker", breaker.Name), Tag("state", state.ToLabel()));

    private IEnumerable<Measurement<long>> Transitions() =>
        from breaker in _breakers.All
        let counts = breaker.GetCounts()
        from t in CircuitCounts.PossibleTransitions
        select new Measurement<long>(
            counts.Transitions(t.From, t.To, t.Reason),
            Tag("breaker", breaker.Name), Tag("from", t.From.ToLabel()), Tag("to", t.To.ToLabel()), Tag("reason", t.Reason.ToLabel()));

    private IEnumerable<Measurement<long>> Calls() =>
        from breaker in _breakers.All
        let counts = breaker.GetCounts()
        from c in CircuitCounts.PossibleCalls
        select new Measurement<long>(
            counts.Calls(c.Outcome, c.Cause),
            Tag("breaker", breaker.Name), Tag("outcome", c.Outcome.ToLabel()), Tag("cause", c.Cause.ToLabel()));

    private IEnumerable<Measurement<long>> Rejections() =>
        from breaker in _breakers.All
        let counts = breaker.GetCounts()
        from state in CircuitCounts.PossibleRejections
        select new Measurement<long>(counts.Rejections(state), Tag("breaker", breaker.Name), Tag("state", state.ToLabel()));

    private IEnumerable<Measurement<long>> LateResults() =>
        from breaker in _breakers.All
        let counts = breaker.GetCounts()
        from outcome in Outcomes
        select new Measurement<long>(counts.LateResults(outcome), Tag("breaker", breaker.Name), Tag("outcome", outcome.ToLabel()));

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
