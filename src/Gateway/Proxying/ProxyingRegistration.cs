using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Http1;
using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Proxying;

internal static class ProxyingRegistration
{
    /// <summary>YARP, fed with validated plans only.</summary>
    public static void AddProxying(this IServiceCollection services, GatewayPlan plan)
    {
        services.AddRequestTimeouts();
        services.AddReverseProxy()
            .LoadFromMemory(plan.Routes, PinnedDestinations.Pin(plan.Clusters))
            .AddGatewayTransforms();
        services.AddSingleton<BusyPolling>();
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        services.AddSingleton<Http1Client>();
        ReadKeysWhenNeeded(services);
        services.AddSingleton<ProxyRoutes>();
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<ProxyRoutes>());
    }

    // YARP has the keys of session affinity read at start, and made where there are none: an XML library and a write to the disk for what few use.
    // Without that they are read with the first request that needs them.
    private static void ReadKeysWhenNeeded(IServiceCollection services)
    {
        var atStart = services.FirstOrDefault(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name == "DataProtectionHostedService");
        if (atStart is not null)
        {
            services.Remove(atStart);
        }
    }

    /// <summary>The transforms of every route, that of the routes which check bodies, and the one that declares a breaker.</summary>
    public static IReverseProxyBuilder AddGatewayTransforms(this IReverseProxyBuilder builder) => builder
        .AddTransforms<GatewayTransforms>()
        .AddTransforms<CheckedBodyTransform>()
        .AddTransformFactory<CircuitBreakerTransform>();

    /// <summary>Maps YARP's routes, and gives each endpoint what its route's configuration asks for.</summary>
    /// <exception cref="ProxyRefusalException">YARP doesn't take them.</exception>
    public static void MapProxy(this IEndpointRouteBuilder endpoints, Action<IReverseProxyApplicationBuilder> configure)
    {
        var breakers = endpoints.ServiceProvider.GetRequiredService<BreakerRegistry>();

        // Makes the breakers before the first route asks for one.
        endpoints.ServiceProvider.GetRequiredService<LiveConfiguration>();
        Load(endpoints, configure).ConfigureEndpoints((endpoint, route) =>
        {
            if (CircuitBreakerTransform.NameIn(route) is { } breaker)
            {
                endpoint.WithMetadata(breakers[breaker]);
            }

            var metadata = MetadataReader.Read<RouteMetadata>(route.Metadata);
            if (metadata.RequestBody is { } name && RequestBodyPolicy.Find(name) is { } policy)
            {
                endpoint.WithMetadata(policy);
            }

            if (metadata.AttemptTimeout is { } timeout)
            {
                endpoint.WithMetadata(new AttemptTimeout(timeout));
            }
        });
    }

    private static ReverseProxyConventionBuilder Load(IEndpointRouteBuilder endpoints, Action<IReverseProxyApplicationBuilder> configure)
    {
        try
        {
            return endpoints.MapReverseProxy(configure);
        }
        catch (InvalidOperationException e)
        {
            throw new ProxyRefusalException(e);
        }
    }
}
