using EventGateway.Gateway.Admin;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.OpenApi;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Status;
using EventGateway.Gateway.Telemetry;
using EventGateway.Gateway.Telemetry.Prometheus;

namespace EventGateway.Gateway.Management;

/// <summary>What requests to the operator's port meet, instead of routes and aggregations.</summary>
internal static class ManagementPipeline
{
    /// <summary>A pipeline of its own, with a router of its own: paths here and on the public port have nothing to do with each other.</summary>
    public static void UseManagement(this WebApplication app)
    {
        var management = new ApplicationBuilder(app.Services);
        management.Use(static async (context, next) =>
        {
            await Task.Yield();   // what operators ask for may take its time: not that of the threads that wait for sockets
            await next(context);
        });
        management.UseMiddleware<BrowserGuardMiddleware>();
        management.Use(static (context, next) =>
        {
            context.Response.SetSecurityHeaders();   // those that are pages have a policy of their own
            return next(context);
        });
        management.UseRouting();
        management.UseMiddleware<RouteMiddleware>();
        management.UseEndpoints(endpoints =>
        {
            endpoints.MapHealth();
            endpoints.MapPrometheusScrapingEndpoint(TelemetryRegistration.MetricsPath).DisableHttpMetrics();
            endpoints.MapAdmin();
            endpoints.MapStatus();
            app.Services.GetRequiredService<OpenApiEndpoints>().MapManagement(endpoints);
        });

        var pipeline = management.Build();
        app.Use(next => context => context.IsForManagement() ? pipeline(context) : next(context));
    }
}
