using System.Diagnostics.Metrics;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.Proxying;

/// <summary>How the upstreams do, as the gateway's own calls saw it: those of routes and those of aggregations.</summary>
internal sealed class UpstreamMetrics
{
    public const string OtherMethod = "_OTHER";

    private static readonly string[] StandardMethods =
        [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Options, HttpMethods.Trace, HttpMethods.Connect];

    private readonly Histogram<double> _duration;
    private readonly SeriesTable _errors = new("route", "cluster", "cause");
    private readonly SeriesTable _connections = new("cluster");

    public UpstreamMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryRegistration.MeterName);
        _duration = meter.CreateHistogram(
            "gateway.upstream.request.duration", "s", "Time of a call to an upstream until the end of its body.", advice: Durations.Advice);
        meter.CreateObservableCounter("gateway.upstream.errors", _errors.Read, null, "Calls to an upstream that failed through its fault.");
        meter.CreateObservableUpDownCounter("gateway.upstream.connections", _connections.Read, null, "Open connections to the upstreams of a cluster, idle ones included.");
    }

    public void Declare(GatewayPlan plan)
    {
        var targets = plan.Routes.Select(r => (Route: r.RouteId, Cluster: r.ClusterId!))
            .Concat(plan.Aggregations.SelectMany(a => a.Steps.Select(s => (Route: a.Name, s.Cluster))));
        var causes = CircuitCounts.PossibleCalls.Where(c => c.Outcome == CallOutcome.Failure).Select(c => c.Cause.ToLabel()).ToList();
        _errors.Declare(targets.SelectMany(t => causes.Select(cause => (t.Route, t.Cluster, cause))));
        _connections.Declare(plan.Clusters.Select(cluster => (cluster.ClusterId, "", "")));
    }

    /// <summary>Counts the connections to a cluster; null for one that isn't in the configuration (any more).</summary>
    public SeriesTable.Series? ConnectionsOf(string cluster) => _connections.Find(cluster);

    public void CallFinished(string route, string cluster, string method, Verdict verdict, TimeSpan took)
    {
        _duration.Record(
            took.TotalSeconds,
            new("route", route), new("cluster", cluster), new("method", KnownMethod(method)), new("outcome", verdict.Outcome.ToLabel()));
        if (verdict.Outcome == CallOutcome.Failure)
        {
            _errors.Increment(route, cluster, verdict.Cause.ToLabel());
        }
    }

    // A method is the client's word, and a client may think of many.
    public static string KnownMethod(string method)
    {
        foreach (var known in StandardMethods)
        {
            if (HttpMethods.Equals(known, method))
            {
                return known;
            }
        }

        return OtherMethod;
    }
}
