using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Access;

/// <summary>What a client meets before anything is done for it, on routes and aggregations alike: whether it may have it.</summary>
internal static class AccessPipeline
{
    /// <summary>
    /// Each step may wait: the request has left the plan gate by then, with its own configuration's policies. Limits that needn't know who asks
    /// come first: they also protect what finds that out. The others can only follow it.
    /// </summary>
    public static void UseAccess(this IApplicationBuilder pipeline) => pipeline.UseWhen(
        static context => RequestRecord.Of(context).Policies is not { RateLimiter: null, Authorization: null },
        static access =>
        {
            access.UseMiddleware<RateLimitMiddleware>(false);
            access.UseMiddleware<AuthorizationMiddleware>();
            access.UseMiddleware<RateLimitMiddleware>(true);
        });
}
