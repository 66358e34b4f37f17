namespace EventGateway.Gateway.Configuration;

internal static class ConfigurationRegistration
{
    /// <summary>The configuration that serves, and the watch over its file.</summary>
    public static void AddLiveConfiguration(this IServiceCollection services)
    {
        services.AddSingleton<PlanGate>();
        services.AddSingleton<LiveConfiguration>();
        services.AddHostedService<ConfigurationWatcher>();
    }
}
