namespace EventGateway.Gateway.RateLimiting;

internal static class RateLimitingRegistration
{
    /// <summary>The policies of <c>RateLimiterPolicies</c>.</summary>
    public static void AddRateLimiting(this IServiceCollection services) => services.AddSingleton<RateLimiters>();
}
