using System.CommandLine;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Commands;

/// <summary>Reads the configuration as a start would, and tells everything that is wrong with it, without starting anything.</summary>
internal static class CheckCommand
{
    public static Command Create(Option<string?> config)
    {
        // Takes all that is no option, since any setting can stand before and after the file.
        var file = new Argument<string[]>("FILE") { Description = "The configuration file, in place of --config.", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "One JSON document on standard output." };
        var strict = new Option<bool>("--strict") { Description = "Warnings count as errors, and what needs a decision and is off is told." };
        var command = new Command(
            "check", "Finds the mistakes in the configuration. Exits with 0 if there are none, 1 if there are, 2 if a file can't be read.")
        {
            file, json, strict,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (result, _) =>
        {
            var (tokens, files) = CommandLineSettings.Split([.. result.GetValue(file) ?? [], .. result.UnmatchedTokens]);
            if (files.Count > 1)
            {
                await Console.Error.WriteLineAsync($"{files[1]}: one file at a time.");
                return ExitCode.BadConfiguration;
            }

            if (CommandLineSettings.Parse(tokens, out var problem) is not { } settings)
            {
                await Console.Error.WriteLineAsync(problem);
                return ExitCode.BadConfiguration;
            }

            var source = ConfigurationSource.Locate(files is [var named] ? named : result.GetValue(config), settings);
            return await RunAsync(source, result.GetValue(json), result.GetValue(strict));
        });
        return command;
    }

    private static async Task<int> RunAsync(ConfigurationSource source, bool asJson, bool isStrict)
    {
        if (await ServeCommand.TryReadAsync(source) is not { } loaded)
        {
            return ExitCode.Unreadable;
        }

        var report = new CheckReport(source.FileName, loaded, isStrict);
        await Console.Out.WriteLineAsync(asJson ? report.ToJson() : report.ToString());
        return report.IsValid ? ExitCode.Success : ExitCode.Failure;
    }
}
