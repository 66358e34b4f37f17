using EventGateway.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace EventGateway.Gateway.Health;

internal static class HealthRegistration
{
    /// <summary>Reachability of the upstreams, readiness, the report of the start, draining.</summary>
    public static void AddHealth(this IServiceCollection services, GatewayPlan plan, TextWriter? terminal)
    {
        services.AddSingleton<InFlightRequests>();
        services.AddSingleton<UpstreamReachability>();
        services.AddSingleton<Readiness>();
        services.AddSingleton(provider => new StartReport(terminal, provider.GetRequiredService<ILogger<LifecycleService>>()));
        services.AddHostedService<LifecycleService>();

        services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeoutOf(plan));
    }

    /// <summary>Keeps to the configuration of the moment.</summary>
    public static void UseHealth(this WebApplication app)
    {
        // The host reads its options when it stops.
        var options = app.Services.GetRequiredService<IOptions<HostOptions>>().Value;
        app.Services.GetRequiredService<LiveConfiguration>().Applied += plan => options.ShutdownTimeout = ShutdownTimeoutOf(plan);
    }

    // What draining leaves of it is the server's, for what arrived meanwhile; then it cuts off what hasn't finished.
    private static TimeSpan ShutdownTimeoutOf(GatewayPlan plan) => plan.Options.DrainDelay + LifecycleService.Patience;
}
