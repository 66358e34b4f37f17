using EventGateway.Gateway.Authorization;

namespace EventGateway.Gateway.Access;

internal static class AccessPipeline
{
    /// <summary>
    /// What a client meets before anything is done for it, on routes and aggregations alike. Each step may wait: the request has left the plan
    /// gate by then, with its own configuration's policies.
    /// </summary>
    public static void UseAccess(this IApplicationBuilder pipeline) => pipeline.UseMiddleware<AuthorizationMiddleware>();
}
