using System.Diagnostics.Metrics;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Compression;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry.Otlp;
using EventGateway.Gateway.Telemetry.Prometheus;
using EventGateway.Gateway.Telemetry.Tracing;
using EventGateway.Gateway.Versions;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace EventGateway.Gateway.Telemetry;

/// <summary>Metrics through the OpenTelemetry SDK, and logs as JSON lines on standard output.</summary>
internal static class TelemetryRegistration
{
    public const string MeterName = "EventGateway";
    public const string MetricsPath = "/metrics";

    // Of a name (route, aggregation, cluster, breaker, policy) there may be about 12 series; edits at run time shall find room for as many names again.
    private const int OutcomesPerName = 24;
    private const int FewestOutcomes = 2_000;
    private const int FewestNames = 500;
    private const int MostOfRuntime = 200;

    private static readonly string[] FrameworkMeters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Net.NameResolution", "System.Runtime",
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder, GatewayPlan plan, Stream output)
    {
        var services = builder.Services;
        services.AddMetrics();
        services.AddSingleton<BreakerMetrics>();
        services.AddSingleton<CallLimitMetrics>();
        services.AddSingleton<RequestLimitMetrics>();
        services.AddSingleton<RateLimitMetrics>();
        services.AddSingleton<RetryMetrics>();
        services.AddSingleton<OutputCacheMetrics>();
        services.AddSingleton<UpstreamMetrics>();
        services.AddSingleton<AggregationMetrics>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<DeprecationMetrics>();
        services.AddSingleton<CompressionMetrics>();
        services.AddSingleton<ConfigurationMetrics>();
        services.AddSingleton<LogMetrics>();
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton(CreateSdk);
        services.AddSingleton(provider => new AccessLog(output, provider.GetRequiredService<TimeProvider>()) { Enabled = plan.Options.AccessLog });
        services.AddHostedService(provider => provider.GetRequiredService<AccessLog>());

        if (plan.OpenTelemetry.Endpoint is not null)
        {
            services.AddHostedService<OtlpExport>();
        }

        var levels = new LogLevels(plan.Options.Logging);
        services.AddSingleton(levels);
        services.AddSingleton<Microsoft.Extensions.Options.IConfigureOptions<LoggerFilterOptions>>(levels);
        services.AddSingleton<Microsoft.Extensions.Options.IOptionsChangeTokenSource<LoggerFilterOptions>>(levels);

        // By default whoever logs waits for a standard output that is slow, and that may be a request.
        services.Configure<ConsoleLoggerOptions>(options => options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        builder.Logging.AddJsonConsole(options =>
        {
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
    }

    /// <summary>Begins to measure, and keeps to the configuration of the moment.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<OpenTelemetrySdk>();
        services.GetRequiredService<BreakerMetrics>();
        services.GetRequiredService<CallLimitMetrics>();
        services.GetRequiredService<RequestLimitMetrics>();
        services.GetRequiredService<RateLimitMetrics>();
        services.GetRequiredService<ConfigurationMetrics>();
        services.GetRequiredService<LogMetrics>();
        var live = services.GetRequiredService<LiveConfiguration>();
        services.GetRequiredService<BreakerRegistry>().Transitioned += BreakerEvents.Transitioned;
        live.Applied += Declare;
        live.Applied += plan =>
        {
            services.GetRequiredService<LogLevels>().Apply(plan.Options.Logging);
            services.GetRequiredService<AccessLog>().Enabled = plan.Options.AccessLog;
        };
        Declare(live.Current);

        void Declare(GatewayPlan plan)
        {
            services.GetRequiredService<BreakerOperator>().Declare(plan);
            services.GetRequiredService<UpstreamMetrics>().Declare(plan);
            services.GetRequiredService<AggregationMetrics>().Declare(plan);
            services.GetRequiredService<RequestMetrics>().Declare(plan);
            services.GetRequiredService<RetryMetrics>().Declare(plan);
            services.GetRequiredService<DeprecationMetrics>().Declare(plan);
            services.GetRequiredService<CompressionMetrics>().Declare(plan);
            services.GetRequiredService<OutputCacheMetrics>().Declare(plan);
        }
    }

    /// <summary>The metrics page on the public port, as long as the configuration wants it there. Its path isn't free for others either way.</summary>
    public static void MapPublicMetrics(this WebApplication app)
    {
        var live = app.Services.GetRequiredService<LiveConfiguration>();
        var page = app.MapPrometheusScrapingEndpoint(MetricsPath).DisableHttpMetrics();
        page.Add(endpoint =>
        {
            var scrape = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                context.Response.SetSecurityHeaders();
                return live.Current.Options.PublicMetrics ? scrape(context) : context.WriteErrorAsync(GatewayError.NotFound);
            };
        });
    }

    private static MetricStreamConfiguration? ViewOf(Instrument instrument, IMeterFactory factory, int names)
    {
        // Meters are matched by name across the process. Those of another host in it, such as the Demo's mock, belong to
        // another factory; those of no factory are the process's own.
        if (instrument.Meter.Scope is not null && !ReferenceEquals(instrument.Meter.Scope, factory))
        {
            return MetricStreamConfiguration.Drop;
        }

        // What gateway.upstream.request.duration says as well, for the price of a state machine and two measurements for each call; and of
        // gateway.upstream.connections how many are idle, for four.
        if (instrument.Name is "http.client.request.duration" or "http.client.active_requests" or "http.client.open_connections")
        {
            return MetricStreamConfiguration.Drop;
        }

        // The SDK has the memory for all series that an instrument may have from the start, 150 to 200 bytes for each, and folds what is beyond into
        // one. Ours grow with the configuration, not with what strangers send.
        return instrument.Meter.Name switch
        {
            MeterName when IsPerOutcome(instrument) => new() { CardinalityLimit = Math.Max(FewestOutcomes, names * OutcomesPerName) },
            MeterName when instrument.IsObservable => new() { CardinalityLimit = Math.Max(FewestNames, names * 2) },
            "System.Runtime" => new() { CardinalityLimit = MostOfRuntime },
            _ => null,
        };
    }

    private static int NamesIn(GatewayPlan plan) =>
        plan.Routes.Count + plan.Aggregations.Sum(aggregation => 1 + aggregation.Steps.Count) + plan.Clusters.Count + plan.Breakers.Count
        + plan.RateLimiters.Count + plan.Retries.Count;

    // The others have one series for each name, or one in all.
    private static bool IsPerOutcome(Instrument instrument) =>
        instrument.IsObservable && (instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableCounter<>) || instrument.Name == BreakerMetrics.State);

    private static OpenTelemetrySdk CreateSdk(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        var configuration = services.GetRequiredService<GatewayPlan>();
        var plan = configuration.OpenTelemetry;
        return OpenTelemetrySdk.Create(sdk => sdk
            .WithVariables(plan, ConfigurationMetrics.Version)
            .WithTraces(plan)
            .WithMetrics(metrics => metrics
                .AddMeter([MeterName, .. FrameworkMeters])
                .AddView(instrument => ViewOf(instrument, factory, NamesIn(configuration)))
                .AddPrometheusExporter(services.GetRequiredService<PrometheusExporter>())
                .AddOtlpExporter(plan)));
    }
}
