using System.CommandLine;
using EventGateway.Gateway.Admin;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Commands.Operate;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Commands;

/// <summary>Shows a circuit breaker of the gateway that runs, and tells it what to do: the admin API from a shell.</summary>
internal static class BreakerCommand
{
    public static Command Create(Option<string?> config)
    {
        var words = OperatorVerbExtensions.All.Select(verb => verb.ToWord()).ToArray();
        var breaker = new Argument<string>("NAME") { Description = "The name of a circuit breaker." };
        var action = new Argument<string?>("ACTION")
        {
            Description = $"{string.Join(", ", words)}. Without one the breaker is only shown.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        action.AcceptOnlyFromAmong(words);
        var ttl = new Option<string?>("--ttl") { Description = "For how long: 90s, 10m, 2h, to 24 h. All but reset need it.", HelpName = "DURATION" };
        var reason = new Option<string?>("--reason") { Description = "Why, for whoever looks next.", HelpName = "TEXT" };
        var command = new Command("breaker", "Shows a circuit breaker of the running gateway, or tells it what to do. Changes need ADMIN_TOKEN.")
        {
            breaker, action, ttl, reason,
        };
        command.TreatUnmatchedTokensAsErrors = false;   // they are settings
        command.SetAction(async (parsed, cancellation) =>
        {
            if (CommandConfiguration.Locate(parsed, config) is not { } source)
            {
                return ExitCode.BadConfiguration;
            }

            if (parsed.GetValue(action) is null && (parsed.GetValue(ttl) ?? parsed.GetValue(reason)) is not null)
            {
                await Console.Error.WriteLineAsync($"--ttl and --reason go with an action: {string.Join(", ", words)}.");
                return ExitCode.BadConfiguration;
            }

            if (ReadOptions(source) is not { } options)
            {
                return ExitCode.BadConfiguration;
            }

            if (options.ManagementPort == 0)
            {
                await Console.Error.WriteLineAsync("ManagementPort is 0: without its management port a gateway can't be asked.");
                return ExitCode.Failure;
            }

            using var gateway = new RunningGateway(options, source.GetVariable(AdminToken.Variable));
            var name = parsed.GetRequiredValue(breaker);
            var (text, problem) = parsed.GetValue(action) is { } verb
                ? await gateway.ChangeBreakerAsync(name, verb, parsed.GetValue(reason), parsed.GetValue(ttl), cancellation)
                : await gateway.ShowBreakerAsync(name, cancellation);
            await (text is null ? Console.Error.WriteLineAsync(problem) : Console.Out.WriteAsync(text));
            return text is null ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    // The file may be what is wrong, while the gateway serves the last good one: only what is needed here has to be right.
    private static GatewayOptions? ReadOptions(ConfigurationSource source)
    {
        var problems = new ProblemList();
        var options = source.ReadOptions(problems);
        var ours = problems.InOrder
            .Where(p => !p.IsWarning && p.Path is nameof(GatewayOptions.ManagementPort) or nameof(GatewayOptions.ManagementAddress))
            .ToList();
        foreach (var problem in ours)
        {
            Console.Error.WriteLine(problem);
        }

        return ours.Count == 0 ? options : null;
    }
}
