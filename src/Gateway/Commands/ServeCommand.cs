using System.CommandLine;
using System.Net.Sockets;
using EventGateway.Gateway.Configuration;
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

        var output = StandardOutput.Share();
        var app = GatewayHost.Build(source, plan, output, terminal: Console.IsOutputRedirected ? null : Console.Out);
        await using (app)
        {
            if (!await TryStartAsync(app, "PORT", plan.Options.Port))
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
        LoadedConfiguration loaded;
        try
        {
            loaded = source.Load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return (null, ExitCode.Unreadable);
        }

        foreach (var problem in loaded.Problems)
        {
            await Console.Error.WriteLineAsync(problem.ToString());
        }

        return (loaded.Plan, loaded.Plan is null ? ExitCode.BadConfiguration : ExitCode.Success);
    }

    /// <summary>False, and one line on standard error, when the port is taken.</summary>
    public static async Task<bool> TryStartAsync(WebApplication app, string variable, int port)
    {
        try
        {
            await app.StartAsync();
            return true;
        }
        catch (Exception e) when (e is SocketException || e.InnerException is AddressInUseException or SocketException)
        {
            await Console.Error.WriteLineAsync($"Port {port} ({variable}) can't be listened on: {(e.InnerException ?? e).Message}");
            return false;
        }
    }
}
