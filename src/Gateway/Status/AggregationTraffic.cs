using EventGateway.Aggregator;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Status;

/// <summary>
/// What is particular to aggregations: for how many entries they call, and which of their parts fail or take another's call. Of the same time as the figures of
/// <see cref="RouteTraffic"/>, whose stretches it follows.
/// </summary>
internal sealed class AggregationTraffic(AggregationMetrics metrics)
{
    private readonly Lock _gate = new();
    private Dictionary<string, Past> _past = new(StringComparer.OrdinalIgnoreCase);   // guarded by _gate

    /// <summary>A stretch is over.</summary>
    public void Advance(GatewayPlan plan)
    {
        lock (_gate)
        {
            _past = plan.Aggregations.ToDictionary(
                a => a.Name, a => new Past(_past.GetValueOrDefault(a.Name)?.Last, metrics.CountsOf(a)), StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>What is gone or was changed begins anew, as its numbers do.</summary>
    public void Keep(GatewayPlan plan)
    {
        var kept = plan.Aggregations.Select(a => a.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        lock (_gate)
        {
            _past = _past.Where(past => kept.Contains(past.Key)).ToDictionary(StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>How far the requests of the running stretch and the one before fanned out; null where there were none.</summary>
    public FanOutFigures? FanOutOf(AggregationPlan aggregation)
    {
        lock (_gate)
        {
            return FanOutCounter.Compare(_past.GetValueOrDefault(aggregation.Name)?.BeforeLast?.FanOuts, metrics.CountsOf(aggregation).FanOuts);
        }
    }

    /// <summary>The failures that there have been, those of late first.</summary>
    public IReadOnlyList<FailedPartsReport> FailedPartsOf(AggregationPlan aggregation)
    {
        lock (_gate)
        {
            var before = _past.GetValueOrDefault(aggregation.Name)?.BeforeLast?.FailedParts;
            return
            [
                .. from part in metrics.CountsOf(aggregation).FailedParts
                   where part.Value > 0
                   let recent = part.Value - (before?.GetValueOrDefault(part.Key) ?? 0)
                   orderby recent descending, part.Value descending
                   select new FailedPartsReport(part.Key.Step, part.Key.Outcome.ToLabel(), Math.Max(0, recent), part.Value),
            ];
        }
    }

    /// <summary>What steps that share their calls have saved, in their order.</summary>
    public IReadOnlyList<SharedCallsReport> SharedCallsOf(AggregationPlan aggregation)
    {
        lock (_gate)
        {
            var before = _past.GetValueOrDefault(aggregation.Name)?.BeforeLast?.SharedCalls;
            return
            [
                .. metrics.CountsOf(aggregation).SharedCalls.Select(step => new SharedCallsReport(
                    step.Key, new Tally(Math.Max(0, step.Value - (before?.GetValueOrDefault(step.Key) ?? 0)), step.Value))),
            ];
        }
    }

    private sealed record Past(AggregationCounts? BeforeLast, AggregationCounts Last);
}
