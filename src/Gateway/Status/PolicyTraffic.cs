using EventGateway.Gateway.Access;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Compression;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Versions;

namespace EventGateway.Gateway.Status;

/// <summary>
/// What retries, cache, compression and deprecated versions came to. Of the same time as the figures of <see cref="RouteTraffic"/>, whose
/// stretches it follows. Nothing is counted for it: it reads what the metrics count.
/// </summary>
internal sealed class PolicyTraffic(
    RetryMetrics retries, RetryBudgets budgets, OutputCacheMetrics cache, CompressionMetrics compression, DeprecationMetrics deprecation, AnswerStore answers)
{
    private readonly Lock _gate = new();
    private Dictionary<Counted, long> _beforeLast = [];   // guarded by _gate
    private Dictionary<Counted, long> _last = [];         // guarded by _gate

    private enum Kind
    {
        Retry,
        Exhausted,
        Cache,
        Compressed,
        Deprecated,
    }

    /// <summary>A stretch is over.</summary>
    public void Advance(GatewayPlan plan)
    {
        lock (_gate)
        {
            (_beforeLast, _last) = (_last, AllOf(plan).ToDictionary(counted => counted, Read));
        }
    }

    /// <summary>What is gone or was changed begins anew, as its numbers do.</summary>
    public void Keep(GatewayPlan plan)
    {
        var kept = AllOf(plan).ToHashSet();
        lock (_gate)
        {
            _beforeLast = _beforeLast.Where(past => kept.Contains(past.Key)).ToDictionary();
            _last = _last.Where(past => kept.Contains(past.Key)).ToDictionary();
        }
    }

    /// <summary>What became of the requests of a route or an aggregation; null where it names none of these policies.</summary>
    public PolicyReport? Of(string name, EndpointPolicies policies) => policies is not { Retry: null, OutputCache: null, Compress: false }
        ? new PolicyReport(
            policies.Retry is { } retry ? new RetryReport(retry.Name, Count(new(Kind.Retry, name))) : null,
            policies.OutputCache is { } kept ? CacheOf(name, kept) : null,
            policies.Compress ? Count(new(Kind.Compressed, name)) : null)
        : null;

    public IReadOnlyList<RetryBudgetReport> Budgets(GatewayPlan plan) =>
    [
        .. from policy in plan.Retries.Values
           let budget = budgets.Find(policy.Name)
           where budget is not null
           orderby policy.Name
           let use = budget.Read()
           select new RetryBudgetReport(
               policy.Name, policy.Budget, policy.BudgetWindow.TotalSeconds, policy.MinRetries, use.Calls, use.Retries, use.Left,
               Count(new(Kind.Exhausted, policy.Name))),
    ];

    /// <summary>How full the cache is; null where nothing is ever kept.</summary>
    public StoreReport? Store(GatewayPlan plan) =>
        plan.RoutePolicies.Values.Concat(plan.AggregationPolicies.Values).Any(policies => policies.OutputCache is not null)
            ? new StoreReport(answers.Bytes, answers.Limit, answers.Entries)
            : null;

    public IReadOnlyList<VersionReport> Versions(GatewayPlan plan) =>
    [
        .. from version in plan.Versions.All
           orderby version.Name
           select new VersionReport(version.Name, version.Prefix, version.Deprecation is { } deprecation ? Of(version, deprecation) : null),
    ];

    private DeprecationReport Of(VersionPlan version, DeprecationPlan deprecation) => new(
        deprecation.Since.ToUnixTimeMilliseconds(),
        deprecation.SunsetAt?.ToUnixTimeMilliseconds(),
        deprecation.Successor,
        [
            .. from member in version.Members
               let use = Count(new(Kind.Deprecated, version.Name, member))
               where use.Total > 0
               orderby use.Recent descending, use.Total descending
               select new UseReport(member, use),
        ]);

    private CacheReport CacheOf(string name, OutputCachePlan plan)
    {
        return new(plan.Name, Recent(CacheResult.Hit), Recent(CacheResult.Miss), Recent(CacheResult.Stale), Recent(CacheResult.Bypass));

        long Recent(CacheResult result) => Count(new(Kind.Cache, name, result.ToLabel())).Recent;
    }

    private Tally Count(Counted counted)
    {
        var total = Read(counted);
        lock (_gate)
        {
            return new(Math.Max(0, total - _beforeLast.GetValueOrDefault(counted)), total);
        }
    }

    private long Read(Counted counted) => counted.Kind switch
    {
        Kind.Retry => retries.CountOf(counted.Name),
        Kind.Exhausted => budgets.Find(counted.Name)?.Exhausted ?? 0,
        Kind.Cache => cache.CountOf(counted.Name, counted.Detail),
        Kind.Compressed => compression.CountOf(counted.Name),
        _ => deprecation.CountOf(counted.Name, counted.Detail),
    };

    private static IEnumerable<Counted> AllOf(GatewayPlan plan)
    {
        foreach (var (name, policies) in plan.RoutePolicies.Concat(plan.AggregationPolicies))
        {
            if (policies.Retry is not null)
            {
                yield return new(Kind.Retry, name);
            }

            if (policies.Compress)
            {
                yield return new(Kind.Compressed, name);
            }

            foreach (var result in policies.OutputCache is null ? [] : Enum.GetValues<CacheResult>())
            {
                yield return new(Kind.Cache, name, result.ToLabel());
            }
        }

        foreach (var policy in plan.Retries.Keys)
        {
            yield return new(Kind.Exhausted, policy);
        }

        foreach (var version in plan.Versions.All.Where(version => version.Deprecation is not null))
        {
            foreach (var member in version.Members)
            {
                yield return new(Kind.Deprecated, version.Name, member);
            }
        }
    }

    private readonly record struct Counted(Kind Kind, string Name, string Detail = "");
}
