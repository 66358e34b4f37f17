using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Proxying;

internal static class PassiveHealthChecks
{
    /// <summary>YARP's passive health checks, for the clusters that have them: the others' requests needn't be waited for once more.</summary>
    public static void UsePassiveHealthChecksWhereWanted(this IReverseProxyApplicationBuilder proxy) => proxy.Use(next =>
    {
        var branch = new Branch(proxy.New());
        branch.UsePassiveHealthChecks();
        branch.Run(next);
        var watched = branch.Build();
        return context => context.GetReverseProxyFeature().Cluster.Config.HealthCheck is { Passive.Enabled: true } ? watched(context) : next(context);
    });

    // YARP's steps are for builders of its own kind, and it has none for branches.
    private sealed class Branch(IApplicationBuilder builder) : IReverseProxyApplicationBuilder
    {
        public IServiceProvider ApplicationServices
        {
            get => builder.ApplicationServices;
            set => builder.ApplicationServices = value;
        }

        public IFeatureCollection ServerFeatures => builder.ServerFeatures;

        public IDictionary<string, object?> Properties => builder.Properties;

        public IApplicationBuilder Use(Func<RequestDelegate, RequestDelegate> middleware) => builder.Use(middleware);

        public IApplicationBuilder New() => builder.New();

        public RequestDelegate Build() => builder.Build();
    }
}
