namespace EventGateway.Gateway.Caching;

internal static class CachingRegistration
{
    /// <summary>The policies of <c>OutputCachePolicies</c>.</summary>
    public static void AddOutputCaching(this IServiceCollection services)
    {
        services.AddSingleton<AnswerStore>();
        services.AddSingleton<CacheOperator>();
    }
}
