using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Health;

/// <summary>
/// Says once that the gateway has started and what it serves: to a person at a terminal as a table, to everything else as one log entry.
/// </summary>
/// <param name="terminal">The terminal; null where nobody sits at one.</param>
/// <param name="logger">Where the entry goes. Its level decides about the table as well: who asked for silence has it.</param>
internal sealed partial class StartReport(TextWriter? terminal, ILogger<LifecycleService> logger)
{
    private const int MostNames = 20;   // of a kind; the counts are always whole

    /// <param name="plan">What it serves.</param>
    /// <param name="addresses">Of the listeners, in the order in which they open: HTTP, and, unless they are off, HTTPS and the operator's.</param>
    public void Tell(GatewayPlan plan, IReadOnlyList<string> addresses)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        if (terminal is not null)
        {
            terminal.Write(StartBanner.Text(plan, addresses));
            return;
        }

        var at = string.Join(", ", StartBanner.PublicIn(addresses));
        var management = StartBanner.ManagementIn(addresses) ?? "off";
        var routes = List(plan.Routes.Select(route => $"{route.RouteId} {route.Match.Path ?? "any path"}"));
        var aggregations = List(plan.Aggregations.Select(aggregation => $"{aggregation.Name} {aggregation.Path}"));
        var clusters = List(plan.Clusters.Select(cluster => $"{cluster.ClusterId} {StartBanner.AddressesOf(cluster)}"));
        var breakers = List(StartBanner.BreakersOf(plan).Select(breaker => $"{breaker.Key} {BreakerSentence.Of(breaker.Value)}"));
        Log.Started(
            logger, ConfigurationMetrics.Version, at, management, plan.Hash, plan.Routes.Count, routes, plan.Aggregations.Count, aggregations,
            plan.Clusters.Count, clusters, plan.Breakers.Count, breakers);
    }

    private static string List(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join("; ", all.Count > MostNames ? all.Take(MostNames).Append("…") : all);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 500, EventName = "Started", Level = LogLevel.Information,
            Message = "EventGateway {Version} listens on {Addresses} (management: {Management}), configuration {Hash}. Routes: {Routes} ({RouteList}). " +
                "Aggregations: {Aggregations} ({AggregationList}). Clusters: {Clusters} ({ClusterList}). Circuit breakers: {Breakers} ({BreakerList}).")]
        public static partial void Started(
            ILogger logger, string version, string addresses, string management, string hash, int routes, string routeList,
            int aggregations, string aggregationList, int clusters, string clusterList, int breakers, string breakerList);
    }
}
