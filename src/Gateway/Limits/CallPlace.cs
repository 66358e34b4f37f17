using System.Threading.RateLimiting;

namespace EventGateway.Gateway.Limits;

/// <summary>One of a cluster's places, held from before the call until the last byte of its body. Dispose of it exactly once.</summary>
internal sealed class CallPlace(CallLimiter limiter, RateLimitLease lease, TimeSpan waited) : IDisposable
{
    /// <summary>How long it had to be waited for; zero for most.</summary>
    public TimeSpan Waited { get; } = waited;

    public void Dispose()
    {
        limiter.Left();
        lease.Dispose();
    }
}
