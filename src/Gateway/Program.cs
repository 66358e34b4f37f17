using System.CommandLine;
using EventGateway.Gateway.Commands;
using EventGateway.Gateway.Configuration;

var config = new Option<string?>("--config") { Description = "The configuration file, in place of GATEWAY_CONFIG and appsettings.json.", HelpName = "FILE" };

var serve = new RootCommand("Routes, aggregations and circuit breakers in front of the event API. Any setting can follow: --Section:Key=value")
{
    config,
};
serve.TreatUnmatchedTokensAsErrors = false;
serve.SetAction(async (result, _) =>
{
    if (CommandLineSettings.Parse(result.UnmatchedTokens, out var problem) is { } settings)
    {
        return await ServeCommand.RunAsync(ConfigurationSource.Locate(result.GetValue(config), settings));
    }

    await Console.Error.WriteLineAsync(problem);
    return ExitCode.BadConfiguration;
});

var parsed = serve.Parse(args);
foreach (var error in parsed.Errors)
{
    await Console.Error.WriteLineAsync(error.Message);
}

// SIGTERM is the host's: it drains.
return parsed.Errors.Count > 0 ? ExitCode.BadConfiguration : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
