using EventGateway.Gateway.Access;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Status;

/// <summary>Puts the report of the moment together. One caller at a time.</summary>
internal sealed class StatusReporter(
    ConfigurationSource source, LiveConfiguration live, ConfigurationMetrics reloads, BreakerRegistry breakers, BreakerReports breakerReports,
    BreakerTimelines timelines, RouteTraffic traffic, AggregationMetrics aggregations, AggregationTraffic aggregationTraffic, PolicyTraffic policies,
    ClusterReports clusters, TimeProvider time)
{
    private readonly BuildReport _build = new(
        ConfigurationMetrics.Version, ConfigurationMetrics.Revision, System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        time.GetUtcNow().ToUnixTimeMilliseconds());

    public StatusReport Report()
    {
        var plan = live.Current;
        var rejected = live.Rejected;
        return new StatusReport(
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            _build,
            new ConfigurationReport(
                source.File,
                plan.Hash,
                reloads.LastSuccess.ToUnixTimeMilliseconds(),
                rejected is null ? null : new RejectionReport(rejected.Since.ToUnixTimeMilliseconds(), rejected.Problems)),
            breakerReports.Report(plan),
            [.. plan.Routes.Select(route => new RouteReport(
                route.RouteId, Match(route.Match.Methods, route.Match.Path), route.ClusterId!, CircuitBreakerTransform.NameIn(route),
                policies.Of(route.RouteId, plan.RoutePolicies.GetValueOrDefault(route.RouteId, EndpointPolicies.None)), traffic.Now(route.RouteId)))],
            [.. plan.Aggregations.Select(aggregation => new AggregationReport(
                aggregation.Name, Match(aggregation.Methods, aggregation.Path), [.. aggregation.Steps.Select(step => step.Id)],
                aggregations.InFlightOf(aggregation.Name), aggregationTraffic.FanOutOf(aggregation), aggregationTraffic.FailedPartsOf(aggregation),
                aggregationTraffic.SharedCallsOf(aggregation),
                policies.Of(aggregation.Name, plan.AggregationPolicies.GetValueOrDefault(aggregation.Name, EndpointPolicies.None)), traffic.Now(aggregation.Name)))],
            clusters.Report(plan),
            policies.Budgets(plan),
            policies.Store(plan),
            policies.Versions(plan));
    }

    public StatusHistory History()
    {
        var plan = live.Current;
        return new StatusHistory(
            RouteTraffic.Stretch.TotalSeconds,
            RouteTraffic.MostStretches,
            plan.Routes.Select(route => route.RouteId).Concat(plan.Aggregations.Select(a => a.Name)).Distinct(StringComparer.OrdinalIgnoreCase)
                .ToDictionary(name => name, traffic.History),
            breakers.All.ToDictionary(
                breaker => breaker.Name,
                IReadOnlyList<StateReport> (breaker) =>
                    [.. timelines.Of(breaker).Select(point => new StateReport(point.At.ToUnixTimeMilliseconds(), point.State.ToLabel()))]));
    }

    private static string Match(IReadOnlyList<string>? methods, string? path) =>
        $"{(methods is { Count: > 0 } ? string.Join(' ', methods) : "any")} {path ?? "/{**any}"}";
}
