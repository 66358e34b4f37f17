using System.CommandLine;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Commands.Simulate;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Commands;

/// <summary>Plays a script of calls against a configured breaker on a virtual clock, to choose its settings before an incident does.</summary>
internal static class SimulateCommand
{
    private const string StandardInput = "-";

    public static Command Create(Option<string?> config)
    {
        var breaker = new Argument<string>("BREAKER") { Description = "The name of a circuit breaker." };
        var script = new Argument<string>("SCRIPT") { Description = "A file, or - for standard input. Lines such as: ok, fail x3, timeout 30s, wait 12s." };
        var command = new Command("simulate", "Plays a script of calls against a circuit breaker on a virtual clock, and prints what happens.")
        {
            breaker, script,
        };
        command.TreatUnmatchedTokensAsErrors = false;   // they are settings
        command.SetAction(async (parsed, _) =>
        {
            var (plan, _, exitCode) = await CommandConfiguration.LoadAsync(parsed, config);
            return plan is null ? exitCode : await RunAsync(plan, parsed.GetRequiredValue(breaker), parsed.GetRequiredValue(script));
        });
        return command;
    }

    private static async Task<int> RunAsync(GatewayPlan plan, string name, string script)
    {
        if (!plan.Breakers.TryGetValue(name, out var breaker))
        {
            var place = new SettingsPlace(SettingsOrigin.OfVariable("BREAKER"), "");
            var problem = ProblemList.UnknownName(place, $"there is no circuit breaker '{name}'", name, plan.Breakers.Keys);
            await Console.Error.WriteLineAsync(problem.ToString());
            return ExitCode.BadConfiguration;
        }

        string text;
        try
        {
            text = await ReadAsync(script);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            await Console.Error.WriteLineAsync($"SCRIPT '{script}': {e.Message}");
            return ExitCode.Unreadable;
        }

        return await PlayAsync(plan.Breakers.Keys.First(key => string.Equals(key, name, StringComparison.OrdinalIgnoreCase)), breaker, script, text);
    }

    private static async Task<int> PlayAsync(string name, BreakerPlan breaker, string script, string text)
    {
        var problems = new List<string>();
        var steps = SimulationScript.Parse(script == StandardInput ? "standard input" : script, text, problems);
        if (problems.Count == 0)
        {
            await Console.Out.WriteAsync(Simulation.Play(name, breaker, steps));
            return ExitCode.Success;
        }

        foreach (var problem in problems)
        {
            await Console.Error.WriteLineAsync(problem);
        }

        return ExitCode.Failure;
    }

    private static async Task<string> ReadAsync(string script)
    {
        using var reader = script == StandardInput ? Console.In : new StreamReader(script);
        var text = new char[SimulationScript.MostCharacters + 1];
        var length = await reader.ReadBlockAsync(text);
        return length < text.Length
            ? new string(text, 0, length)
            : throw new IOException($"more than {SimulationScript.MostCharacters} characters are no script.");
    }
}
