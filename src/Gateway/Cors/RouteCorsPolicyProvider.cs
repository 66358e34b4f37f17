using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace EventGateway.Gateway.Cors;

/// <summary>Gives the framework's CORS middleware the policy that the request's own configuration has for its endpoint.</summary>
internal sealed class RouteCorsPolicyProvider : ICorsPolicyProvider
{
    // Lets nobody in. YARP asks with a context of its own whether a name exists; names were checked before.
    private static readonly CorsPolicy Nobody = new();

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) => Task.FromResult(
        policyName is null ? null   // asked for what holds for endpoints that name none: nothing
            : context.Features.Get<RequestRecord>() is { } record ? record.Policies.Cors : Nobody);
}
