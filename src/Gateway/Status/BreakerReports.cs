using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Status;

/// <summary>How the breakers stand, and why.</summary>
internal sealed class BreakerReports(BreakerRegistry breakers)
{
    private const int MostEvents = 10;   // of a kind; the page is sent every second

    public IReadOnlyList<BreakerReport> Report(GatewayPlan plan)
    {
        var guards = GuardsOf(plan).ToLookup(g => g.Breaker, g => g.Name, StringComparer.OrdinalIgnoreCase);
        return
        [
            .. from breaker in plan.Breakers
               let guard = breakers.Find(breaker.Key)
               where guard is not null
               orderby breaker.Key
               select Report(guard, breaker.Value, [.. guards[breaker.Key].Distinct()]),
        ];
    }

    private static BreakerReport Report(Guard guard, BreakerPlan plan, IReadOnlyList<string> guards)
    {
        var breaker = guard.Breaker;
        var status = breaker.GetStatus();
        var counts = breaker.GetCounts();
        return new BreakerReport(
            breaker.Name,
            status.State.ToLabel(),
            status.Since.ToUnixTimeMilliseconds(),
            BreakerSentence.Of(plan),
            guards,
            status.RetryAfter.TotalSeconds,
            status.WindowFailures,
            status.FailureThreshold,
            plan.Settings.FailureWindow.TotalSeconds,
            status.BackoffStep,
            status.ProbesInFlight,
            CircuitCounts.PossibleRejections.Where(state => state != CircuitState.MetricsOnly).Sum(counts.Rejections),
            status.Override is { } word ? new OverrideReport(word.Reason, word.Until.ToUnixTimeMilliseconds(), word.Remaining.TotalSeconds) : null,
            [.. breaker.RecentFailures.Take(MostEvents).Select(Report)],
            [.. breaker.RecentTransitions.Take(MostEvents).Select(Report)],
            [.. guard.Actions.Take(MostEvents).Select(Report)]);
    }

    private static FailureReport Report(CircuitFailure failure) => new(
        failure.At.ToUnixTimeMilliseconds(), failure.Cause.ToLabel(), failure.Status, failure.Duration.TotalSeconds, failure.TraceId);

    private static TransitionReport Report(CircuitTransition transition) => new(
        transition.At.ToUnixTimeMilliseconds(), transition.From.ToLabel(), transition.To.ToLabel(), transition.Reason.ToLabel(),
        transition.Wait?.TotalSeconds, transition.IsSimulated);

    private static ActionReport Report(OperatorAction action) =>
        new(action.At.ToUnixTimeMilliseconds(), action.Verb.ToWord(), action.Reason, action.Length?.TotalSeconds);

    private static IEnumerable<(string Breaker, string Name)> GuardsOf(GatewayPlan plan) =>
        plan.Routes.Select(route => (Breaker: CircuitBreakerTransform.NameIn(route), Name: route.RouteId))
            .Concat(plan.Aggregations.SelectMany(a => a.Steps.Select(step => (Breaker: step.CircuitBreaker, Name: $"{a.Name}/{step.Id}"))))
            .Where(guard => guard.Breaker is not null)
            .Select(guard => (guard.Breaker!, guard.Name));
}
