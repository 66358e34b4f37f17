using EventGateway.Gateway.RateLimiting;

namespace EventGateway.Gateway.Tests.RateLimiting;

/// <summary>Policies as a compiled configuration has them.</summary>
internal static class Plans
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static RateLimiterPlan FixedWindow(int limit, TimeSpan window, int partitions = 10_000) => Of(RateLimiterKind.FixedWindow, limit, window, 1, partitions);

    public static RateLimiterPlan SlidingWindow(int limit, TimeSpan window, int segments) => Of(RateLimiterKind.SlidingWindow, limit, window, segments);

    public static RateLimiterPlan TokenBucket(int limit, int tokens, TimeSpan period) => Of(RateLimiterKind.TokenBucket, limit, period, tokens);

    public static RateLimiterPlan Concurrency(int limit, int queue = 0) => Of(RateLimiterKind.Concurrency, limit, Second, 1, queue: queue);

    private static RateLimiterPlan Of(RateLimiterKind kind, int limit, TimeSpan period, int share, int partitions = 10_000, int queue = 0) =>
        new("p", kind, RateLimiterPartition.ClientAddress, null, limit, period, share, queue, Second, partitions);
}
