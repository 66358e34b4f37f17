using System.CommandLine;
using System.Net.Sockets;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace EventGateway.Gateway.Commands;

/// <summary>Runs the gateway until it is told to stop. Whatever keeps it from running is one clear line and an exit code.</summary>
public static class ServeCommand
{
    internal static RootCommand Create(Option<string?> config)
    {
        var command = new RootCommand("Routes, aggregations and circuit breakers in front of the event API. Any setting can follow: --Section:Key=value")
        {
            config,
        };
        command.TreatUnmatchedTokensAsErrors = false;   // they are settings
        command.SetAction(async (parsed, _) =>
            CommandConfiguration.Locate(parsed, config) is { } source ? await RunAsync(source) : ExitCode.BadConfiguration);
        return command;
    }

    public static async Task<int> RunAsync(ConfigurationSource source)
    {
        var (plan, exitCode) = await LoadAsync(source);
        if (plan is null)
        {
            return exitCode;
        }

        var app = await TryBuildAsync(source, plan, StandardOutput.Share(), Console.IsOutputRedirected ? null : Console.Out);
        if (app is null)
        {
            return ExitCode.BadConfiguration;
        }

        await using (app)
        {
            if (!await TryStartAsync(app, ListenersOf(plan)))
            {
                return ExitCode.Failure;
            }

            await app.WaitForShutdownAsync();
            return ExitCode.Success;
        }
    }

    /// <summary>The configuration, or the exit code with which to end once its problems have been told.</summary>
    public static async Task<(GatewayPlan? Plan, int ExitCode)> LoadAsync(ConfigurationSource source)
    {
        if (await TryReadAsync(source) is not { } loaded)
        {
            return (null, ExitCode.Unreadable);
        }

        foreach (var problem in loaded.Problems)
        {
            await Console.Error.WriteLineAsync(problem.ToString());
        }

        return (loaded.Plan, loaded.Plan is null ? ExitCode.BadConfiguration : ExitCode.Success);
    }

    /// <summary>Null, and one line on standard error, when a file can't be read.</summary>
    internal static async Task<LoadedConfiguration?> TryReadAsync(ConfigurationSource source)
    {
        try
        {
            return source.Load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return null;
        }
    }

    /// <summary>Null, and one line on standard error, when YARP refuses what all checks found good.</summary>
    public static Task<WebApplication?> TryBuildAsync(ConfigurationSource source, GatewayPlan plan, Stream output, TextWriter? terminal = null) =>
        TryBuildAsync(source, () => GatewayHost.Build(source, plan, output, terminal: terminal), Console.Error);

    internal static async Task<WebApplication?> TryBuildAsync(ConfigurationSource source, Func<WebApplication> build, TextWriter error)
    {
        try
        {
            return build();
        }
        catch (ProxyRefusalException e)
        {
            await error.WriteLineAsync($"{source.FileName}: error: the proxy refuses it: {e.Message}");
            return null;
        }
    }

    /// <summary>The gateway's listeners, in the order in which they open: the variable that moves each, and its port.</summary>
    public static (string Variable, int Port)[] ListenersOf(GatewayPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return
        [
            ("PORT", plan.Options.Port),
            .. plan.Https.Port is { } https ? [(HttpsListener.Variable, https)] : Array.Empty<(string, int)>(),
            ("MANAGEMENT_PORT", plan.Options.ManagementPort),
        ];
    }

    /// <summary>False, and one line on standard error, when a port is taken.</summary>
    /// <param name="app">What to start.</param>
    /// <param name="listeners">Its listeners, in the order in which they open: the variable that moves each, and its port.</param>
    public static async Task<bool> TryStartAsync(WebApplication app, params (string Variable, int Port)[] listeners)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(listeners);
        try
        {
            await app.StartAsync();
            return true;
        }
        catch (Exception e) when (ReasonOf(e) is { } reason)
        {
            // Those that could be opened have an address: the next one is the culprit.
            var (variable, port) = listeners[Math.Min(app.Urls.Count, listeners.Length - 1)];
            await Console.Error.WriteLineAsync($"Port {port} ({variable}) can't be listened on: {reason}");
            return false;
        }
    }

    // Of localhost's two addresses each may have failed by itself.
    private static string? ReasonOf(Exception e) => e switch
    {
        AddressInUseException or SocketException => e.Message,
        AggregateException many => ReasonOf(many.InnerExceptions[0]),
        IOException { InnerException: { } inner } => ReasonOf(inner),
        _ => null,
    };
}
