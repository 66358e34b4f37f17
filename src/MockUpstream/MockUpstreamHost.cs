using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventGateway.MockUpstream.Control;
using EventGateway.MockUpstream.Events;
using EventGateway.MockUpstream.Faults;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace EventGateway.MockUpstream;

/// <summary>The event API's stand-in as a real server.</summary>
public static class MockUpstreamHost
{
    /// <summary>
    /// Builds the server; the caller starts and stops it. It reads no configuration by itself, so that it can share a process, and a
    /// working directory, with the gateway.
    /// </summary>
    /// <param name="options">The port and the dials.</param>
    /// <param name="time">The clock of the latencies. Default: the system's.</param>
    /// <exception cref="OptionsValidationException">An option is out of its range; the message names each one.</exception>
    public static WebApplication Build(MockUpstreamOptions options, TimeProvider? time = null)
    {
        Validate(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenAnyIP(options.Port));
        builder.Services.AddRoutingCore();
        LogWarningsToStandardError(builder);
        KeepTelemetryApart(builder.Services);

        builder.Services.AddSingleton(new FaultBoard(options));
        builder.Services.AddSingleton(new Chance(options.Seed));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<FaultInjector>();
        builder.Services.AddSingleton<EventStore>();
        builder.Services.AddSingleton<AddEventCycle>();
        builder.Services.AddSingleton<RequestLog>();

        var app = builder.Build();
        app.UseRequestLog();
        app.MapEventApi();
        app.MapControl();
        return app;
    }

    private static void Validate(MockUpstreamOptions options)
    {
        List<ValidationResult> problems = [];
        if (!Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true))
        {
            throw new OptionsValidationException("Mock", typeof(MockUpstreamOptions), problems.Select(p => p.ErrorMessage ?? ""));
        }
    }

    private static void LogWarningsToStandardError(WebApplicationBuilder builder)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);   // a failed start is an exception already
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    // Listeners match meters and activity sources by name across the process: beside the gateway, the mock's requests
    // would be counted and traced as the gateway's own.
    private static void KeepTelemetryApart(IServiceCollection services)
    {
        const string Prefix = "MockUpstream.";
        services.AddSingleton<IMeterFactory>(_ => new PrefixedMeterFactory(Prefix));
        services.AddSingleton(_ => new ActivitySource(Prefix + "Microsoft.AspNetCore"));
    }
}
