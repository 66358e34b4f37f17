using System.Text;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Admin;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.ClientAddress;
using EventGateway.Gateway.Compression;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Cors;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Management;
using EventGateway.Gateway.OpenApi;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Telemetry;
using EventGateway.Gateway.Versions;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway;

/// <summary>The composition: what the gateway consists of, and the order in which a request meets it.</summary>
public static class GatewayHost
{
    /// <summary>Builds a gateway that serves <paramref name="plan"/> and follows the edits of <paramref name="source"/>'s file.</summary>
    /// <param name="source">Where the plan came from, and where later ones will come from.</param>
    /// <param name="plan">The validated configuration to begin with.</param>
    /// <param name="output">Where log lines go, usually <see cref="StandardOutput"/>.</param>
    /// <param name="time">The clock; the system's where none is given.</param>
    /// <param name="terminal">Where a person reads what has started, in place of a log line; null where nobody does.</param>
    public static WebApplication Build(
        ConfigurationSource source, GatewayPlan plan, Stream output, TimeProvider? time = null, TextWriter? terminal = null) =>
        Build(source, plan, output, time, terminal, static _ => { });

    /// <summary>The same, with services that come last: <paramref name="furtherServices"/> may add to what the gateway consists of.</summary>
    internal static WebApplication Build(
        ConfigurationSource source, GatewayPlan plan, Stream output, TimeProvider? time, TextWriter? terminal, Action<IServiceCollection> furtherServices)
    {
        RefuseBareLineFeeds();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "EventGateway" });
        builder.AddServer(plan);
        builder.AddTelemetry(plan, output);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton(source);
        builder.Services.AddSingleton(plan);
        builder.Services.AddSingleton<EventIdGenerator>();
        builder.Services.AddCircuitBreaking();
        builder.Services.AddHttps();
        builder.Services.AddCorsPolicies();
        builder.Services.AddClientAuthorization();
        builder.Services.AddCallLimits();
        builder.Services.AddRateLimiting();
        builder.Services.AddRetries();
        builder.Services.AddCompression();
        builder.Services.AddOutputCaching();
        builder.Services.AddAggregation();
        builder.Services.AddProxying(plan);
        builder.Services.AddLiveConfiguration();
        builder.Services.AddHealth(plan, terminal);
        builder.Services.AddAdmin();
        builder.Services.AddStatus();
        builder.Services.AddSingleton<OpenApiEndpoints>();
        furtherServices(builder.Services);

        var app = builder.Build();
        LeaveAccessToTheGateway(app);
        app.UseTelemetry();
        app.UseHealth();
        app.UseCertificate();
        app.UseMiddleware<RequestRecordMiddleware>();
        app.UseMiddleware<HstsMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<FramingMiddleware>();
        app.UseMiddleware<AbsoluteFormMiddleware>();
        app.UseManagement();   // what comes over the operator's port ends here
        app.UseMiddleware<RequestLimitMiddleware>();   // waits for a place in the gateway
        app.UseMiddleware<PlanGateMiddleware>();
        app.UseMiddleware<ClientAddressMiddleware>();
        app.Use(static (context, next) =>
        {
            ExtendedConnect.BeginAsGet(context);
            return next(context);
        });
        app.UseMiddleware<VersionMiddleware>();
        app.UseRouting();
        app.UseMiddleware<DeprecationMiddleware>();
        app.UseMiddleware<RouteMiddleware>();   // a path that leads nowhere ends here
        app.UseMiddleware<HostFilterMiddleware>();
        app.UseMiddleware<HttpsRedirectMiddleware>();
        app.UseCorsPolicies();   // a browser's preflight ends here
        app.UseWhen(static context => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { Config.Timeout: not null }, static timed => timed.UseRequestTimeouts());
        app.UseMiddleware<CompressionMiddleware>();

        app.MapHealth();
        app.MapPublicMetrics();
        app.Services.GetRequiredService<OpenApiEndpoints>().MapPublic(app);
        app.MapAggregations(static aggregation =>
        {
            aggregation.UseAccess();                           // who may not have it ends here
            aggregation.UseMiddleware<OutputCacheMiddleware>();   // what is known already ends here
        });
        app.MapProxy(proxy =>
        {
            proxy.UseAccess();                                 // who may not have it ends here
            proxy.UseMiddleware<OutputCacheMiddleware>();      // what is known already ends here
            proxy.UseMiddleware<RequestBodyMiddleware>();      // a client's mistake ends here
            proxy.UseMiddleware<RetryMiddleware>();            // what follows may happen more than once
            proxy.UseMiddleware<CircuitBreakerMiddleware>();   // an open circuit ends here: no destination chosen, no byte sent
            proxy.UseMiddleware<CallLimitMiddleware>();        // waits for a place among the calls of the cluster
            proxy.UseMiddleware<ProxiedCallMiddleware>();      // from here on it is a call to the upstream
            proxy.UseMiddleware<AttemptTimeoutMiddleware>();
            proxy.UseSessionAffinity();
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecksWhereWanted();
        });
        return app;
    }

    // YARP registers the framework's authorization, and the host would put its middleware before everything. It would find nothing to do: the
    // gateway's routes have policies of its own (0014).
    private static void LeaveAccessToTheGateway(IApplicationBuilder app) => app.Properties["__AuthorizationMiddlewareSet"] = true;

    // What one server takes for two headers and another for one is how requests are smuggled. Kestrel has this as a switch of the process.
    private static void RefuseBareLineFeeds() =>
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);

    private static void AddServer(this WebApplicationBuilder builder, GatewayPlan plan) => builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
        .UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = SocketThreads.Work).ConfigureKestrel(kestrel =>
    {
        kestrel.ConfigureEndpointDefaults(static listener =>   // of those that are added after it
        {
            listener.UsePlainAddresses();
            listener.UseFairTransport();
        });
        kestrel.ListenAnyIP(plan.Options.Port);
        kestrel.ListenForHttps(plan.Https);
        kestrel.ListenForManagement(plan.Options);
        kestrel.AddServerHeader = false;
        kestrel.Limits.Apply(plan.Options.Limits);

        // Bodies are streamed, of whatever size; a route that wants a limit names one (MaxRequestBodySize).
        kestrel.Limits.MaxRequestBodySize = null;

        // Header bytes that aren't ASCII are none of the gateway's business: Latin-1 gives each back as it came.
        kestrel.RequestHeaderEncodingSelector = static name => name switch
        {
            _ when name == HeaderNames.Connection => ConnectionHeaderEncoding.Instance,
            _ when name == HeaderNames.ContentLength => ContentLengthEncoding.Instance,
            _ => Encoding.Latin1,
        };
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    });
}
