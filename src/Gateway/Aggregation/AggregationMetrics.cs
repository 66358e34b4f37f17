using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EventGateway.Aggregator;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Aggregation;

/// <summary>What aggregated requests cost, and what became of their parts.</summary>
internal sealed class AggregationMetrics
{
    // What was called off or not found is no failure of an upstream.
    private static readonly PartOutcome[] Failures =
        [.. Enum.GetValues<PartOutcome>().Except([PartOutcome.Success, PartOutcome.NotFound, PartOutcome.Cancelled])];

    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _fanOut;
    private readonly SeriesTable _parts = new("aggregation", "step", "outcome");
    private readonly SeriesTable _sharedCalls = new("aggregation", "step");
    private readonly SeriesTable _inFlight = new("aggregation");
    private readonly ConcurrentDictionary<string, FanOutCounter> _fanOuts = new();

    public AggregationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryRegistration.MeterName);
        _duration = meter.CreateHistogram("gateway.aggregation.duration", "s", "Time until an aggregation's answer was complete.", advice: Durations.Advice);
        _fanOut = meter.CreateHistogram(
            "gateway.aggregation.fanout", null, "Entries that the repeated steps of one request were called for.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] });
        meter.CreateObservableCounter("gateway.aggregation.parts", _parts.Read, null, "Calls of aggregations, by what became of them.");
        meter.CreateObservableCounter(
            "gateway.aggregation.shared_calls", _sharedCalls.Read, null, "Parts of aggregations that took a call which another request had begun.");
        meter.CreateObservableUpDownCounter("gateway.aggregation.in_flight", _inFlight.Read, null, "Aggregated requests that are being answered.");
    }

    public void Declare(GatewayPlan plan)
    {
        var outcomes = Enum.GetValues<PartOutcome>().Select(o => o.ToLabel()).ToList();
        _parts.Declare(
            from aggregation in plan.Aggregations
            from step in aggregation.Steps
            from outcome in outcomes
            select (aggregation.Name, step.Id, outcome));
        _sharedCalls.Declare(
            from aggregation in plan.Aggregations
            from step in aggregation.Steps
            where step.SharesCalls
            select (aggregation.Name, step.Id, ""));
        _inFlight.Declare(plan.Aggregations.Select(a => (a.Name, "", "")));
        var names = plan.Aggregations.Select(a => a.Name).ToHashSet();
        foreach (var gone in _fanOuts.Keys.Where(name => !names.Contains(name)))
        {
            _fanOuts.TryRemove(gone, out _);
        }

        foreach (var name in names)
        {
            _fanOuts.GetOrAdd(name, static _ => new FanOutCounter());
        }
    }

    /// <summary>Counts a request as in flight until the result is disposed.</summary>
    public InFlight Begin(string aggregation)
    {
        var series = _inFlight.Find(aggregation);
        series?.Add(1);
        return new InFlight(series);
    }

    /// <summary>Requests that are being answered.</summary>
    public long InFlightOf(string aggregation) => _inFlight.CountOf(aggregation);

    /// <summary>What was counted so far.</summary>
    public AggregationCounts CountsOf(AggregationPlan aggregation) => new(
        (_fanOuts.GetValueOrDefault(aggregation.Name) ?? new FanOutCounter()).Read(),
        aggregation.Steps.SelectMany(step => Failures.Select(outcome => (step.Id, outcome))).ToDictionary(
            part => part, part => _parts.CountOf(aggregation.Name, part.Id, part.outcome.ToLabel())),
        aggregation.Steps.Where(step => step.SharesCalls).ToDictionary(step => step.Id, step => _sharedCalls.CountOf(aggregation.Name, step.Id)));

    /// <summary>Counts the calls of a step that succeed; null for one that isn't in the configuration (any more).</summary>
    public SeriesTable.Series? SuccessesOf(string aggregation, string step) => _parts.Find(aggregation, step, PartOutcome.Success.ToLabel());

    public void PartFinished(string aggregation, string step, PartOutcome outcome) => _parts.Increment(aggregation, step, outcome.ToLabel());

    /// <summary>A part took a call that another request had begun.</summary>
    public void CallShared(string aggregation, string step) => _sharedCalls.Increment(aggregation, step);

    public void Finished(string aggregation, AggregationAnswer answer, TimeSpan took)
    {
        var result = answer.Failure?.Error.ToLabel() ?? (answer.FailedParts > 0 ? "partial" : "success");
        _duration.Record(took.TotalSeconds, new("aggregation", aggregation), new KeyValuePair<string, object?>("result", result));
        _fanOut.Record(answer.FanOut, new KeyValuePair<string, object?>("aggregation", aggregation));
        _fanOuts.GetValueOrDefault(aggregation)?.Add(answer.FanOut);
    }

    public readonly struct InFlight(SeriesTable.Series? series) : IDisposable
    {
        public void Dispose() => series?.Add(-1);
    }
}

/// <summary>Numbers of an aggregation since it was there.</summary>
/// <param name="FanOuts">As <see cref="FanOutCounter"/> reads them.</param>
/// <param name="FailedParts">Calls that failed, by step and by how.</param>
/// <param name="SharedCalls">Parts that took a call which another request had begun, by step; only of steps that share their calls.</param>
internal sealed record AggregationCounts(
    long[] FanOuts, IReadOnlyDictionary<(string Step, PartOutcome Outcome), long> FailedParts, IReadOnlyDictionary<string, long> SharedCalls);
