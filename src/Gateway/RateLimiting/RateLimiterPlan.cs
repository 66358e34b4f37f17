using System.Collections.Frozen;
using System.Globalization;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>A policy of <c>RateLimiterPolicies</c>, compiled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it limits.</param>
/// <param name="PartitionBy">What tells clients apart.</param>
/// <param name="Header">The header that does, if one does.</param>
/// <param name="PermitLimit">Requests in a window, in a full bucket or at once.</param>
/// <param name="Period">The window, or the time in which a bucket gains its tokens.</param>
/// <param name="Share">Segments of a window, or tokens that a bucket gains in each period.</param>
/// <param name="QueueLimit">Requests that may wait.</param>
/// <param name="QueueTimeout">How long, and what Retry-After says.</param>
/// <param name="MaxPartitions">Clients that are remembered.</param>
public sealed record RateLimiterPlan(
    string Name,
    RateLimiterKind Kind,
    RateLimiterPartition PartitionBy,
    string? Header,
    int PermitLimit,
    TimeSpan Period,
    int Share,
    int QueueLimit,
    TimeSpan QueueTimeout,
    int MaxPartitions)
{
    // YARP gives these a meaning of their own where a route names them.
    private static readonly string[] Reserved = ["Default", "Disable"];

    private static readonly Dictionary<string, RateLimiterKind[]> KindsOf = new()
    {
        [nameof(RateLimiterPolicyOptions.Window)] = [RateLimiterKind.FixedWindow, RateLimiterKind.SlidingWindow],
        [nameof(RateLimiterPolicyOptions.SegmentsPerWindow)] = [RateLimiterKind.SlidingWindow],
        [nameof(RateLimiterPolicyOptions.TokensPerPeriod)] = [RateLimiterKind.TokenBucket],
        [nameof(RateLimiterPolicyOptions.ReplenishmentPeriod)] = [RateLimiterKind.TokenBucket],
        [nameof(RateLimiterPolicyOptions.QueueLimit)] = [RateLimiterKind.Concurrency],
        [nameof(RateLimiterPolicyOptions.QueueTimeout)] = [RateLimiterKind.Concurrency],
        [nameof(RateLimiterPolicyOptions.MaxPartitions)] = [RateLimiterKind.FixedWindow, RateLimiterKind.SlidingWindow, RateLimiterKind.TokenBucket],
    };

    /// <summary>Whether it can only judge once it is known who asks.</summary>
    public bool NeedsIdentity => PartitionBy is RateLimiterPartition.ApiKey or RateLimiterPartition.Subject;

    /// <summary>What each client has, where it is requests at once that are limited.</summary>
    public CallLimitPlan Places { get; } = new(PermitLimit, QueueLimit, QueueTimeout);

    /// <summary>The <c>RateLimit-Policy</c> field.</summary>
    public string Field { get; } = Describe(Name, Kind, PermitLimit, Period, Share);

    internal static FrozenDictionary<string, RateLimiterPlan> CompileAll(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        var plans = new Dictionary<string, RateLimiterPlan>();
        foreach (var (name, policy) in options.RateLimiterPolicies)
        {
            var node = root.Find(nameof(GatewayOptions.RateLimiterPolicies), name)!;
            CheckName(name, node, problems);
            CheckKeys(policy, node, problems);
            CheckHeader(policy, node, problems);
            if (!problems.HasErrorWithin(node))
            {
                plans[name] = Compile(name, policy);
            }
        }

        return plans.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static RateLimiterPlan Compile(string name, RateLimiterPolicyOptions options)
    {
        var kind = options.Kind!.Value;
        return new(
            name,
            kind,
            options.PartitionBy,
            options.Header,
            options.PermitLimit!.Value,
            (kind == RateLimiterKind.TokenBucket ? options.ReplenishmentPeriod : options.Window) ?? TimeSpan.Zero,
            kind switch { RateLimiterKind.SlidingWindow => options.SegmentsPerWindow, RateLimiterKind.TokenBucket => options.TokensPerPeriod!.Value, _ => 1 },
            options.QueueLimit,
            options.QueueTimeout,
            options.MaxPartitions);
    }

    private static void CheckName(string name, SettingsNode node, ProblemList problems)
    {
        if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            problems.Error(node, $"no policy can be called '{name}': to YARP's routes that name means something else.");
        }
        else if (!HeaderSyntax.IsToken(name))
        {
            problems.Error(node, $"clients read the name in RateLimit headers: letters, digits and {HeaderSyntax.Punctuation} can be in it.");
        }
    }

    private static void CheckKeys(RateLimiterPolicyOptions policy, SettingsNode node, ProblemList problems)
    {
        if (policy.Kind is not { } kind)
        {
            return;
        }

        foreach (var (key, _) in KindsOf.Where(entry => !entry.Value.Contains(kind)))
        {
            if (node[key] is { } written && written is not { Kind: SettingsKind.Scalar, Value: null })
            {
                problems.Error(written, $"{key} has no meaning for a policy of kind {kind}.");
            }
        }

        Need(nameof(policy.Window), policy.Window);
        Need(nameof(policy.TokensPerPeriod), policy.TokensPerPeriod);
        Need(nameof(policy.ReplenishmentPeriod), policy.ReplenishmentPeriod);

        void Need(string key, object? value)
        {
            if (value is null && KindsOf[key].Contains(kind) && node.Misread == Misread.Nothing)
            {
                problems.Error(node.PlaceOf(key), $"{key} is missing: a policy of kind {kind} needs it.");
            }
        }
    }

    private static void CheckHeader(RateLimiterPolicyOptions policy, SettingsNode node, ProblemList problems)
    {
        var byHeader = policy.PartitionBy == RateLimiterPartition.Header;
        if (byHeader && policy.Header is null && node.Misread == Misread.Nothing)
        {
            problems.Error(node.PlaceOf(nameof(policy.Header)), "Header is missing: the name of the header by which clients are told apart.");
        }

        if (policy.Header is not null && !byHeader && node.Misread == Misread.Nothing)
        {
            problems.Error(
                [node.PlaceOf(nameof(policy.Header)), node.PlaceOf(nameof(policy.PartitionBy))],
                $"Header has no meaning where PartitionBy is {policy.PartitionBy}.");
        }

        ValueRules.CheckName(node[nameof(policy.Header)], problems);
    }

    // draft-ietf-httpapi-ratelimit-headers: a policy that is said to take longer than it does makes nobody come too early.
    private static string Describe(string name, RateLimiterKind kind, int limit, TimeSpan period, int share) => kind switch
    {
        RateLimiterKind.Concurrency => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={limit};qu=\"concurrent-requests\""),
        RateLimiterKind.TokenBucket => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={limit};w={WholeSeconds(period * limit / share)}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={limit};w={WholeSeconds(period)}"),
    };

    private static long WholeSeconds(TimeSpan time) => Math.Max(1, (long)Math.Ceiling(time.TotalSeconds));
}
