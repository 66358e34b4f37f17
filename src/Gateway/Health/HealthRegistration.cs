using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Health;

internal static class HealthRegistration
{
    /// <summary>Reachability of the upstreams, readiness, draining.</summary>
    public static void AddHealth(this IServiceCollection services, GatewayPlan plan)
    {
        services.AddSingleton<InFlightRequests>();
        services.AddSingleton<UpstreamReachability>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<LifecycleService>();

        // What is left of it after draining is the server's, to cut off what didn't finish.
        services.Configure<HostOptions>(options =>
            options.ShutdownTimeout = plan.Options.DrainDelay + LifecycleService.Patience + TimeSpan.FromSeconds(1));
    }
}
