using System.Text.Json.Serialization;
using EventGateway.Gateway.Aggregation;

namespace EventGateway.Gateway.Status;

/// <summary>Everything that the page shows of one moment. Moments are Unix milliseconds, durations seconds unless they say otherwise.</summary>
internal sealed record StatusReport(
    long Now,
    BuildReport Build,
    ConfigurationReport Configuration,
    IReadOnlyList<BreakerReport> Breakers,
    IReadOnlyList<RouteReport> Routes,
    IReadOnlyList<AggregationReport> Aggregations,
    IReadOnlyList<ClusterReport> Clusters,
    IReadOnlyList<RetryBudgetReport> RetryBudgets,
    StoreReport? Cache,
    IReadOnlyList<VersionReport> Versions);

internal sealed record BuildReport(string Version, string Revision, string Runtime, long Started);

internal sealed record ConfigurationReport(string File, string Hash, long Since, RejectionReport? Rejected);

/// <summary>The file as it is now, where it isn't what serves.</summary>
internal sealed record RejectionReport(long Since, IReadOnlyList<string> Problems);

internal sealed record BreakerReport(
    string Name,
    string State,
    long Since,
    string Rule,
    IReadOnlyList<string> Guards,
    double RetryAfter,
    int Failures,
    int Threshold,
    double Window,
    int BackoffStep,
    int ProbesInFlight,
    long Rejections,
    OverrideReport? Override,
    IReadOnlyList<FailureReport> RecentFailures,
    IReadOnlyList<TransitionReport> RecentTransitions,
    IReadOnlyList<ActionReport> RecentActions);

/// <summary>An operator's word that goes before the file's, and when it ends.</summary>
internal sealed record OverrideReport(string Reason, long Until, double Remaining);

/// <summary>What an operator told a breaker to do, and for how long.</summary>
internal sealed record ActionReport(long At, string Action, string Reason, double? Length);

internal sealed record FailureReport(long At, string Cause, int? Status, double Duration, string? TraceId);

/// <summary>A change of state; a simulated one would have been, if the breaker's mode weren't metrics only.</summary>
internal sealed record TransitionReport(long At, string From, string To, string Reason, double? Wait, bool Simulated);

internal sealed record RouteReport(string Name, string Match, string Cluster, string? Breaker, PolicyReport? Policies, RouteFigures Figures);

internal sealed record AggregationReport(
    string Name,
    string Match,
    IReadOnlyList<string> Steps,
    long InFlight,
    FanOutFigures? FanOut,
    IReadOnlyList<FailedPartsReport> FailedParts,
    IReadOnlyList<SharedCallsReport> SharedCalls,
    PolicyReport? Policies,
    RouteFigures Figures);

/// <summary>Calls of a step that failed in one way: lately, which is as long as the figures say, and since the start.</summary>
internal sealed record FailedPartsReport(string Step, string Outcome, long Recent, long Total);

/// <summary>How often: lately, which is as long as the figures say, and since the start.</summary>
internal readonly record struct Tally(long Recent, long Total);

/// <summary>What a route's or an aggregation's policies did; null for those that it doesn't name.</summary>
internal sealed record PolicyReport(RetryReport? Retries, CacheReport? Cache, Tally? Compressed);

internal sealed record RetryReport(string Policy, Tally Calls);

/// <summary>Requests of late, by what the cache did for them.</summary>
internal sealed record CacheReport(string Policy, long Hits, long Misses, long Stale, long Bypassed);

/// <param name="Name">Of the policy.</param>
/// <param name="Share">Retries within the window, as a share of its calls.</param>
/// <param name="Window">The window.</param>
/// <param name="MinRetries">Retries within it, however few calls there are.</param>
/// <param name="Calls">Calls within the window of this moment.</param>
/// <param name="Retries">Retries within it.</param>
/// <param name="Left">How many more it has room for.</param>
/// <param name="Refused">Calls that were not made again for want of it.</param>
internal sealed record RetryBudgetReport(string Name, double Share, double Window, int MinRetries, int Calls, int Retries, int Left, Tally Refused);

/// <summary>What the output cache keeps, and may keep.</summary>
internal sealed record StoreReport(long Bytes, long Limit, int Entries);

internal sealed record VersionReport(string Name, string Prefix, DeprecationReport? Deprecated);

internal sealed record DeprecationReport(long Since, long? Sunset, string? Successor, IReadOnlyList<UseReport> Used);

/// <summary>Requests of a route or an aggregation by a deprecated version.</summary>
internal sealed record UseReport(string Route, Tally Requests);

/// <summary>Parts of a step that took a call which another request had begun.</summary>
internal sealed record SharedCallsReport(string Step, Tally Parts);

internal sealed record ClusterReport(string Name, CallLimitReport? Limit, IReadOnlyList<DestinationReport> Destinations);

internal sealed record CallLimitReport(int InFlight, int Places, int Queued);

/// <param name="Name">Its name in the file.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Reachability"><c>reachable</c>, <c>unreachable</c>, or <c>unknown</c> until somebody has looked.</param>
/// <param name="UnreachableSince">Since when nothing answers there.</param>
/// <param name="Health">What health checks say: <c>healthy</c>, <c>unhealthy</c>, or <c>unknown</c> without any.</param>
/// <param name="InFlight">Requests that it is answering.</param>
internal sealed record DestinationReport(string Name, string Address, string Reachability, long? UnreachableSince, string Health, int InFlight);

/// <summary>What changes seldom: the last quarter of an hour of the routes, the last hour of the breakers.</summary>
internal sealed record StatusHistory(
    double Stretch,
    int Stretches,
    IReadOnlyDictionary<string, IReadOnlyList<RouteFigures>> Routes,
    IReadOnlyDictionary<string, IReadOnlyList<StateReport>> Breakers);

internal readonly record struct StateReport(long At, string State);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(StatusHistory))]
internal sealed partial class StatusJson : JsonSerializerContext;
