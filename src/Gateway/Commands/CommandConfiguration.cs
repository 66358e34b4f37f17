using System.CommandLine;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Commands;

/// <summary>What the commands begin with, but for check, which takes a file of its own: the configuration that <c>--config</c>, the settings on the command line and the environment name.</summary>
internal static class CommandConfiguration
{
    /// <summary>Null when something on the command line is no setting; one line on standard error has said so.</summary>
    public static ConfigurationSource? Locate(ParseResult command, Option<string?> config)
    {
        var commands = command.CommandResult.Command.Subcommands.Select(c => c.Name);
        if (CommandLineSettings.Parse(command.UnmatchedTokens, out var problem, commands) is { } settings)
        {
            return ConfigurationSource.Locate(command.GetValue(config), settings);
        }

        Console.Error.WriteLine(problem);
        return null;
    }

    /// <summary>The plan and where it came from, or the exit code with which to end once its problems have been told.</summary>
    public static async Task<(GatewayPlan? Plan, ConfigurationSource? Source, int ExitCode)> LoadAsync(ParseResult command, Option<string?> config)
    {
        if (Locate(command, config) is not { } source)
        {
            return (null, null, ExitCode.BadConfiguration);
        }

        var (plan, exitCode) = await ServeCommand.LoadAsync(source);
        return (plan, source, exitCode);
    }
}
