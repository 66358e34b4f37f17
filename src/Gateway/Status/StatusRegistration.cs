namespace EventGateway.Gateway.Status;

internal static class StatusRegistration
{
    /// <summary>The live status page. Comes after what drains: services stop in reverse, and nobody shall wait for those who look.</summary>
    public static void AddStatus(this IServiceCollection services)
    {
        services.AddSingleton<RouteTraffic>();
        services.AddSingleton<AggregationTraffic>();
        services.AddSingleton<PolicyTraffic>();
        services.AddSingleton<BreakerTimelines>();
        services.AddSingleton<BreakerReports>();
        services.AddSingleton<ClusterReports>();
        services.AddSingleton<StatusReporter>();
        services.AddSingleton<StatusFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<StatusFeed>());
    }
}
